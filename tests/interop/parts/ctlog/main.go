// ctlog serves one TesseraCT certificate transparency log on a loopback address, for recordings and interop tests.
//
// It is TesseraCT's own handler over its POSIX storage. The stock server binary asks for module versions that cannot be
// had from the module proxy, so this is the smallest main that does the same for one log without deduplication.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/transparency-dev/tessera"
	tposix "github.com/transparency-dev/tessera/storage/posix"
	"github.com/transparency-dev/tesseract"
	"github.com/transparency-dev/tesseract/storage"
	"github.com/transparency-dev/tesseract/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

var (
	address = flag.String("address", "127.0.0.1:6962", "host:port to listen on")
	origin  = flag.String("origin", "ctlog.sandbox.dev", "origin of the log; must not look like host:port")
	keyFile = flag.String("key", "", "SEC1 PEM of the log's P-256 private key")
	roots   = flag.String("roots", "", "PEM file with the root certificates that the log accepts")
	dir     = flag.String("dir", "", "storage directory, created when absent")
)

func main() {
	flag.Parse()
	if err := serve(context.Background()); err != nil {
		log.Fatalf("ctlog: %v", err)
	}
}

func serve(ctx context.Context) error {
	key, err := readKey(*keyFile)
	if err != nil {
		return err
	}
	// Only the root is listed: Fulcio submits its intermediate with every chain.
	chains := tesseract.ChainValidationConfig{RootsPEMFile: *roots, ExtKeyUsages: "CodeSigning"}
	limits := tesseract.LogHandlerOpts{MaxCertChainBytes: 512 << 10}
	handler, err := tesseract.NewLogHandler(ctx, *origin, key, chains, newStorage, 10*time.Second, false, "", limits)
	if err != nil {
		return fmt.Errorf("log handler: %w", err)
	}
	return (&http.Server{Addr: *address, Handler: handler, ReadHeaderTimeout: 5 * time.Second}).ListenAndServe()
}

func readKey(path string) (*ecdsa.PrivateKey, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM block", path)
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

func newStorage(ctx context.Context, signer note.Signer) (*storage.CTStorage, error) {
	driver, err := tposix.New(ctx, tposix.Config{Path: *dir})
	if err != nil {
		return nil, fmt.Errorf("storage driver: %w", err)
	}
	options := tessera.NewAppendOptions().WithCheckpointSigner(signer).WithCTLayout().WithCheckpointInterval(time.Second)
	appender, _, reader, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return nil, fmt.Errorf("appender: %w", err)
	}
	issuers, err := posix.NewIssuerStorage(ctx, *dir)
	if err != nil {
		return nil, fmt.Errorf("issuer storage: %w", err)
	}
	return storage.NewCTStorage(ctx, &storage.CTStorageOptions{Appender: appender, Reader: reader, IssuerStorage: issuers})
}
