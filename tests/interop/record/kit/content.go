package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"encoding/json"
	"fmt"
)

type indexFile struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

// pushImage pushes an image of one layer with one small random file, and answers its digest. Without a tag it is
// reachable by digest only.
func pushImage(r repository, tag, architecture string) (string, error) {
	packed, diffID, err := randomLayer()
	if err != nil {
		return "", err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": architecture, "os": "linux", "config": map[string]any{},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{diffID}},
	})
	if err != nil {
		return "", err
	}
	for _, data := range [][]byte{packed, config} {
		if _, err := r.putBlob(data); err != nil {
			return "", err
		}
	}
	body, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": typeManifest,
		"config": descriptor{MediaType: "application/vnd.oci.image.config.v1+json", Digest: digestOf(config), Size: len(config)},
		"layers": []descriptor{{MediaType: "application/vnd.oci.image.layer.v1.tar+gzip", Digest: digestOf(packed), Size: len(packed)}},
	})
	if err != nil {
		return "", err
	}
	return putUnder(r, tag, typeManifest, body)
}

func randomLayer() (packed []byte, diffID string, err error) {
	content := make([]byte, 48)
	if _, err := rand.Read(content); err != nil {
		return nil, "", err
	}
	var plain, compressed bytes.Buffer
	archive := tar.NewWriter(&plain)
	if err := archive.WriteHeader(&tar.Header{Name: "content", Mode: 0o644, Size: int64(len(content))}); err != nil {
		return nil, "", err
	}
	if _, err := archive.Write(content); err != nil {
		return nil, "", err
	}
	if err := archive.Close(); err != nil {
		return nil, "", err
	}
	diffID = digestOf(plain.Bytes())
	pack := gzip.NewWriter(&compressed)
	if _, err := pack.Write(plain.Bytes()); err != nil {
		return nil, "", err
	}
	if err := pack.Close(); err != nil {
		return nil, "", err
	}
	return compressed.Bytes(), diffID, nil
}

// putUnder puts a manifest under a tag, or by its digest when the tag is empty, and answers the digest.
func putUnder(r repository, tag, mediaType string, body []byte) (string, error) {
	digest := digestOf(body)
	reference := tag
	if reference == "" {
		reference = digest
	}
	return digest, r.putManifest(reference, mediaType, body)
}

// pushIndex makes an image index of two fresh images and answers its digest and its first child's.
func pushIndex(r repository, tag string) (index, child string, err error) {
	var children []descriptor
	for _, architecture := range []string{"amd64", "arm64"} {
		digest, err := pushImage(r, "", architecture)
		if err != nil {
			return "", "", err
		}
		data, _, err := r.manifest(digest)
		if err != nil {
			return "", "", err
		}
		children = append(children, descriptor{MediaType: typeManifest, Digest: digest, Size: len(data),
			Platform: &platform{Architecture: architecture, OS: "linux"}})
	}
	body, err := json.Marshal(indexFile{SchemaVersion: 2, MediaType: typeIndex, Manifests: children})
	if err != nil {
		return "", "", err
	}
	index, err = putUnder(r, tag, typeIndex, body)
	return index, children[0].Digest, err
}

// copyTag puts a manifest that is already in the repository under one more tag.
func copyTag(r repository, reference, tag string) error {
	data, mediaType, err := r.manifest(reference)
	if err != nil {
		return err
	}
	return r.putManifest(tag, mediaType, data)
}

// attachOther attaches to a digest something that no signature tool wrote: a referrer of another type.
func attachOther(r repository, digest, artifactType string) (string, error) {
	content := []byte(`{"note":"not a signature"}`)
	for _, data := range [][]byte{content, []byte("{}")} {
		if _, err := r.putBlob(data); err != nil {
			return "", err
		}
	}
	members := map[string]any{
		"schemaVersion": 2, "mediaType": typeManifest, "artifactType": artifactType,
		"config": descriptor{MediaType: typeEmpty, Digest: digestOf([]byte("{}")), Size: 2},
		"layers": []descriptor{{MediaType: artifactType, Digest: digestOf(content), Size: len(content)}},
	}
	return putReferrer(r, digest, members, artifactType)
}

// reattach takes the first referrer of one digest and attaches it, unchanged but for its subject, to another.
func reattach(r repository, from, to string) (string, error) {
	list, _, err := attached(r, from)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", fmt.Errorf("nothing refers to %s", from)
	}
	data, _, err := r.manifest(list[0].Digest)
	if err != nil {
		return "", err
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return "", err
	}
	members := map[string]any{}
	for name, value := range raw {
		members[name] = value
	}
	return putReferrer(r, to, members, list[0].ArtifactType)
}

// attached lists the referrers of a digest, by the API or by the fallback tag, and says whether there is the API.
func attached(r repository, digest string) (list []descriptor, supported bool, err error) {
	list, supported, err = r.referrers(digest)
	if err != nil || supported {
		return list, supported, err
	}
	data, _, err := r.manifest(fallbackTag(digest))
	if err != nil {
		return nil, false, nil // no such tag: nothing is attached
	}
	var index manifest
	err = json.Unmarshal(data, &index)
	return index.Manifests, false, err
}

// putReferrer completes members with the subject, pushes the manifest, and keeps the fallback tag where the registry
// does not index referrers itself.
func putReferrer(r repository, subject string, members map[string]any, artifactType string) (string, error) {
	target, mediaType, err := r.manifest(subject)
	if err != nil {
		return "", err
	}
	members["subject"] = descriptor{MediaType: mediaType, Digest: subject, Size: len(target)}
	body, err := json.Marshal(members)
	if err != nil {
		return "", err
	}
	digest := digestOf(body)
	if err := r.putManifest(digest, typeManifest, body); err != nil {
		return "", err
	}
	list, supported, err := attached(r, subject)
	if err != nil || supported {
		return digest, err
	}
	list = append(list, descriptor{MediaType: typeManifest, Digest: digest, Size: len(body), ArtifactType: artifactType})
	index, err := json.Marshal(indexFile{SchemaVersion: 2, MediaType: typeIndex, Manifests: list})
	if err != nil {
		return "", err
	}
	return digest, r.putManifest(fallbackTag(subject), typeIndex, index)
}
