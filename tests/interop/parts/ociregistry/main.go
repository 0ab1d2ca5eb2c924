// ociregistry serves CUE's in-memory registry, with the referrers API, on a loopback address.
package main

import (
	"flag"
	"log"
	"net/http"
	"time"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	address := flag.String("address", "127.0.0.1:5002", "host:port to listen on")
	flag.Parse()
	handler := ociserver.New(ocimem.New(), nil)
	server := &http.Server{Addr: *address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	log.Fatalf("ociregistry: %v", server.ListenAndServe())
}
