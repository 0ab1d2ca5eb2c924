package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeEmpty    = "application/vnd.oci.empty.v1+json"
	maxBody      = 16 << 20 // far above anything recorded here
)

// descriptor has its members in the order in which they are written.
type descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       string            `json:"digest"`
	Size         int               `json:"size"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Platform     *platform         `json:"platform,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// manifest is what of an image manifest or an index is read here; content is never written back from it.
type manifest struct {
	MediaType    string       `json:"mediaType"`
	ArtifactType string       `json:"artifactType"`
	Config       *descriptor  `json:"config"`
	Layers       []descriptor `json:"layers"`
	Manifests    []descriptor `json:"manifests"`
}

type repository struct{ base string }

// openRepository takes HOST/NAME; the registries used here speak plain HTTP on loopback.
func openRepository(name string) (repository, error) {
	host, path, ok := strings.Cut(name, "/")
	if !ok || path == "" {
		return repository{}, fmt.Errorf("%q: expected HOST/NAME", name)
	}
	return repository{base: "http://" + host + "/v2/" + path}, nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (r repository) do(method, address, mediaType string, body []byte) (*http.Response, []byte, error) {
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	request.Header.Set("Accept", typeManifest+", "+typeIndex+", */*")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	return response, data, err
}

// expect is do for requests where everything but 2xx is an error.
func (r repository) expect(method, address, mediaType string, body []byte) (*http.Response, []byte, error) {
	response, data, err := r.do(method, address, mediaType, body)
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", method, address, response.Status, data)
	}
	return response, data, err
}

func (r repository) manifest(reference string) ([]byte, string, error) {
	response, data, err := r.expect("GET", r.base+"/manifests/"+reference, "", nil)
	if err != nil {
		return nil, "", err
	}
	return data, response.Header.Get("Content-Type"), nil
}

func (r repository) putManifest(reference, mediaType string, data []byte) error {
	_, _, err := r.expect("PUT", r.base+"/manifests/"+reference, mediaType, data)
	return err
}

func (r repository) blob(digest string) ([]byte, error) {
	_, data, err := r.expect("GET", r.base+"/blobs/"+digest, "", nil)
	if err == nil && digestOf(data) != digest {
		err = fmt.Errorf("blob %s came with other bytes", digest)
	}
	return data, err
}

func (r repository) putBlob(data []byte) (string, error) {
	digest := digestOf(data)
	response, _, err := r.expect("POST", r.base+"/blobs/uploads/", "", nil)
	if err != nil {
		return "", err
	}
	base, err := url.Parse(r.base)
	if err != nil {
		return "", err
	}
	location, err := base.Parse(response.Header.Get("Location"))
	if err != nil {
		return "", err
	}
	query := location.Query()
	query.Set("digest", digest)
	location.RawQuery = query.Encode()
	_, _, err = r.expect("PUT", location.String(), "application/octet-stream", data)
	return digest, err
}

func (r repository) tags() ([]string, error) {
	_, data, err := r.expect("GET", r.base+"/tags/list", "", nil)
	if err != nil {
		return nil, err
	}
	var list struct{ Tags []string }
	err = json.Unmarshal(data, &list)
	return list.Tags, err
}

// referrers also says whether the registry has the referrers API at all: go-containerregistry's does, and yet leaves
// out the OCI-Subject header by which a client could tell from a push.
func (r repository) referrers(digest string) (list []descriptor, supported bool, err error) {
	response, data, err := r.do("GET", r.base+"/referrers/"+digest, "", nil)
	if err != nil || response.StatusCode == http.StatusNotFound {
		return nil, false, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, false, fmt.Errorf("referrers of %s: %s: %s", digest, response.Status, data)
	}
	var index manifest
	err = json.Unmarshal(data, &index)
	return index.Manifests, true, err
}

func fallbackTag(digest string) string { return strings.Replace(digest, ":", "-", 1) }
