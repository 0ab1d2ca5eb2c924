package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

const refName = "org.opencontainers.image.ref.name"

// walker collects everything that hangs together in one repository: tags, index children, referrers, their blobs.
type walker struct {
	repository
	dir   string
	found map[string]descriptor // manifests by digest
	blobs map[string]bool
}

// save writes a repository as an OCI image layout. Manifests that neither a tag nor a referrer list leads to are named
// by the extra digests.
func save(r repository, dir string, extra []string) error {
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755); err != nil {
		return err
	}
	w := walker{repository: r, dir: dir, found: map[string]descriptor{}, blobs: map[string]bool{}}
	tags, err := r.tags()
	if err != nil {
		return err
	}
	sort.Strings(tags)
	var list []descriptor
	tagged := map[string]bool{}
	for _, tag := range tags {
		found, err := w.visit(tag)
		if err != nil {
			return err
		}
		tagged[found.Digest] = true
		found.Annotations = map[string]string{refName: tag}
		list = append(list, found)
	}
	for _, digest := range extra {
		if _, err := w.visit(digest); err != nil {
			return err
		}
	}
	return writeLayout(dir, append(list, w.untagged(tagged)...))
}

func (w walker) untagged(tagged map[string]bool) []descriptor {
	var list []descriptor
	for digest, found := range w.found {
		if !tagged[digest] {
			list = append(list, found)
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Digest < list[j].Digest })
	return list
}

func writeLayout(dir string, manifests []descriptor) error {
	index, err := json.MarshalIndent(indexFile{SchemaVersion: 2, MediaType: typeIndex, Manifests: manifests}, "", " ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "index.json"), append(index, '\n'), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "oci-layout"), []byte("{\"imageLayoutVersion\":\"1.0.0\"}\n"), 0o644)
}

// visit keeps one manifest and all that it leads to.
func (w walker) visit(reference string) (descriptor, error) {
	data, mediaType, err := w.manifest(reference)
	if err != nil {
		return descriptor{}, err
	}
	digest := digestOf(data)
	if found, ok := w.found[digest]; ok {
		return found, nil
	}
	found := descriptor{MediaType: mediaType, Digest: digest, Size: len(data)}
	w.found[digest] = found
	if err := w.keep(digest, data); err != nil {
		return found, err
	}
	var content manifest
	if err := json.Unmarshal(data, &content); err != nil {
		return found, fmt.Errorf("%s: %w", reference, err)
	}
	referrers, _, err := w.referrers(digest)
	if err != nil {
		return found, err
	}
	for _, child := range append(content.Manifests, referrers...) {
		if _, err := w.visit(child.Digest); err != nil {
			return found, err
		}
	}
	return found, w.keepBlobs(content)
}

func (w walker) keepBlobs(content manifest) error {
	blobs := content.Layers
	if content.Config != nil {
		blobs = append(blobs, *content.Config)
	}
	for _, blob := range blobs {
		if w.blobs[blob.Digest] {
			continue
		}
		w.blobs[blob.Digest] = true
		data, err := w.blob(blob.Digest)
		if err != nil {
			return err
		}
		if err := w.keep(blob.Digest, data); err != nil {
			return err
		}
	}
	return nil
}

func (w walker) keep(digest string, data []byte) error {
	return os.WriteFile(blobPath(w.dir, digest), data, 0o644)
}

func blobPath(dir, digest string) string {
	return filepath.Join(dir, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:"))
}

// load pushes a layout into a repository as it is: blobs, then manifests by digest (indexes last, since registries
// check that their children exist), then tags.
func load(dir string, r repository) error {
	text, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		return err
	}
	var layout indexFile
	if err := json.Unmarshal(text, &layout); err != nil {
		return err
	}
	manifests := map[string]bool{}
	for _, entry := range layout.Manifests {
		manifests[entry.Digest] = true
	}
	if err := loadBlobs(dir, r, manifests); err != nil {
		return err
	}
	sort.SliceStable(layout.Manifests, func(i, j int) bool {
		return layout.Manifests[i].MediaType != typeIndex && layout.Manifests[j].MediaType == typeIndex
	})
	for _, entry := range layout.Manifests {
		data, err := os.ReadFile(blobPath(dir, entry.Digest))
		if err != nil {
			return err
		}
		references := []string{entry.Digest}
		if tag := entry.Annotations[refName]; tag != "" {
			references = append(references, tag)
		}
		for _, reference := range references {
			if err := r.putManifest(reference, entry.MediaType, data); err != nil {
				return err
			}
		}
	}
	return nil
}

func loadBlobs(dir string, r repository, manifests map[string]bool) error {
	files, err := os.ReadDir(filepath.Join(dir, "blobs", "sha256"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if manifests["sha256:"+file.Name()] {
			continue
		}
		data, err := os.ReadFile(blobPath(dir, "sha256:"+file.Name()))
		if err != nil {
			return err
		}
		if _, err := r.putBlob(data); err != nil {
			return err
		}
	}
	return nil
}
