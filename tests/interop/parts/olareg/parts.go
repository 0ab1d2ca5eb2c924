//go:build parts

// Package parts names the program that is built from this module, so that go.mod keeps what it needs.
package parts

import _ "github.com/olareg/olareg/cmd/olareg"
