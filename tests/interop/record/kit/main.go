// kit does for recordings what no released tool does: small random images, manifests attached by hand, a repository
// written to and read from an OCI image layout, and the keys of the throwaway services.
package main

import (
	"errors"
	"fmt"
	"os"
)

const usage = `usage:
  kit keys DIR                        keys and certificates of the services
  kit image REPO [TAG]                push a small random image; prints its digest
  kit index REPO TAG                  push an index of two images; prints its digest and its first child's
  kit copy REPO REFERENCE TAG         one more tag for a manifest
  kit other REPO DIGEST TYPE          attach something that is no signature
  kit reattach REPO FROM TO           attach FROM's first referrer to TO
  kit save REPO DIR [DIGEST...]       repository to OCI image layout, with manifests that nothing leads to
  kit load DIR REPO                   OCI image layout to repository
  kit case FILE MEMBER=VALUE...       set members of cases.json; name=... chooses or adds the case
  kit cases FILE                      one line for each case: name, digest, expect, reason, key, registry,
                                      cosign_says, cosign_error, with unit separators between them
`

func main() {
	err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "kit: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New(usage)
	}
	command, first, rest := arguments[0], arguments[1], arguments[2:]
	switch command {
	case "keys":
		return writeKeys(first)
	case "case":
		return editCases(first, rest)
	case "cases":
		return listCases(first)
	case "load":
		if len(rest) != 1 {
			return errors.New(usage)
		}
		r, err := openRepository(rest[0])
		if err != nil {
			return err
		}
		return load(first, r)
	}
	r, err := openRepository(first)
	if err != nil {
		return err
	}
	return inRepository(r, command, rest)
}

func inRepository(r repository, command string, rest []string) error {
	argument := func(i int) string {
		if i < len(rest) {
			return rest[i]
		}
		return ""
	}
	switch {
	case command == "image" && len(rest) < 2:
		return printed(pushImage(r, argument(0), "amd64"))
	case command == "index" && len(rest) == 1:
		index, child, err := pushIndex(r, argument(0))
		return printed(index+" "+child, err)
	case command == "copy" && len(rest) == 2:
		return copyTag(r, argument(0), argument(1))
	case command == "other" && len(rest) == 2:
		return printed(attachOther(r, argument(0), argument(1)))
	case command == "reattach" && len(rest) == 2:
		return printed(reattach(r, argument(0), argument(1)))
	case command == "save" && len(rest) > 0:
		return save(r, rest[0], rest[1:])
	}
	return errors.New(usage)
}

func printed(text string, err error) error {
	if err == nil {
		fmt.Println(text)
	}
	return err
}
