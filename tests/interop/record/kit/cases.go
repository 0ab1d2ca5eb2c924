package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// caseFile is cases.json; the README beside the recorded data explains its members.
type caseFile struct {
	Identity       string         `json:"identity"`
	Issuer         string         `json:"issuer"`
	IdentityRegexp string         `json:"identity_regexp"`
	Cases          []recordedCase `json:"cases"`
}

type recordedCase struct {
	Name         string `json:"name"`
	Digest       string `json:"digest"`
	Expect       string `json:"expect"`
	Reason       string `json:"reason"`
	Why          string `json:"why"`
	Key          string `json:"key,omitempty"`
	Attestation  string `json:"attestation,omitempty"`
	Tag          string `json:"tag,omitempty"`
	SignedDigest string `json:"signed_digest,omitempty"`
	Registry     string `json:"registry"`
	CosignSays   string `json:"cosign_says,omitempty"`
	CosignError  string `json:"cosign_error,omitempty"`
}

// member leads from the name used on the command line to the value that it sets.
func (f *caseFile) member(c *recordedCase, name string) *string {
	return map[string]*string{
		"identity": &f.Identity, "issuer": &f.Issuer, "identity_regexp": &f.IdentityRegexp,
		"name": &c.Name, "digest": &c.Digest, "expect": &c.Expect, "reason": &c.Reason, "why": &c.Why, "key": &c.Key,
		"attestation": &c.Attestation, "tag": &c.Tag, "signed_digest": &c.SignedDigest, "registry": &c.Registry,
		"cosign_says": &c.CosignSays, "cosign_error": &c.CosignError,
	}[name]
}

// editCases sets members of the file and, with name=..., of the case of that name, which is added when it is new.
func editCases(path string, assignments []string) error {
	file, err := readCases(path)
	if err != nil {
		return err
	}
	one := &recordedCase{}
	for _, assignment := range assignments {
		if name, ok := strings.CutPrefix(assignment, "name="); ok {
			one = file.named(name)
		}
	}
	for _, assignment := range assignments {
		name, value, _ := strings.Cut(assignment, "=")
		member := file.member(one, name)
		if member == nil {
			return fmt.Errorf("%q: no such member of a case", name)
		}
		*member = value
	}
	return writeCases(path, file)
}

func readCases(path string) (*caseFile, error) {
	file := &caseFile{}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	}
	if err != nil {
		return nil, err
	}
	return file, json.Unmarshal(text, file)
}

func writeCases(path string, file *caseFile) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(file); err != nil {
		return err
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

func (f *caseFile) named(name string) *recordedCase {
	for i := range f.Cases {
		if f.Cases[i].Name == name {
			return &f.Cases[i]
		}
	}
	f.Cases = append(f.Cases, recordedCase{Name: name})
	return &f.Cases[len(f.Cases)-1]
}

// listCases prints one line for each case, its fields separated by the unit separator: shells split on it without
// losing empty fields.
func listCases(path string) error {
	file, err := readCases(path)
	if err != nil {
		return err
	}
	for _, c := range file.Cases {
		fields := []string{c.Name, c.Digest, c.Expect, c.Reason, c.Key, c.Registry, c.CosignSays, c.CosignError}
		fmt.Println(strings.Join(fields, "\x1f"))
	}
	return nil
}
