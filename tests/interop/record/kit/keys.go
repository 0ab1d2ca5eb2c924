package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Everything is valid from an hour before the recording, so that a clock that is a little behind can still verify it.
const (
	backdate = time.Hour
	lifetime = 10 * 365 * 24 * time.Hour
)

// writeKeys makes the keys of the throwaway services in dir: the certificate authority (chain.pem, root.pem,
// intermediate.key.pem), and NAME.key.pem with NAME.pub.pem for ctlog, rekor1 and rekor2.
func writeKeys(dir string) error {
	if err := writeAuthority(dir); err != nil {
		return err
	}
	ct, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalECPrivateKey(ct)
	if err != nil {
		return err
	}
	if err := writePEM(dir, "ctlog.key.pem", "EC PRIVATE KEY", der); err != nil {
		return err
	}
	if err := writePublic(dir, "ctlog", ct.Public()); err != nil {
		return err
	}
	rekor1, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := writePair(dir, "rekor1", rekor1); err != nil {
		return err
	}
	_, rekor2, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	return writePair(dir, "rekor2", rekor2)
}

// writeAuthority makes a root and the intermediate that Fulcio issues with, of the public instance's profile.
func writeAuthority(dir string) error {
	rootKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return err
	}
	root := authority("recorded root", 1)
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return err
	}
	if root, err = x509.ParseCertificate(rootDER); err != nil {
		return err
	}
	intermediate := authority("recorded intermediate", 0)
	intermediate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	der, err := x509.CreateCertificate(rand.Reader, intermediate, root, key.Public(), rootKey)
	if err != nil {
		return err
	}
	if err := writePEM(dir, "chain.pem", "CERTIFICATE", der, rootDER); err != nil {
		return err
	}
	if err := writePEM(dir, "root.pem", "CERTIFICATE", rootDER); err != nil {
		return err
	}
	return writePair(dir, "intermediate", key)
}

func authority(name string, pathLength int) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	start := time.Now().Add(-backdate)
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{Organization: []string{"sandbox.dev"}, CommonName: name},
		NotBefore:             start,
		NotAfter:              start.Add(lifetime),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLen:            pathLength,
		MaxPathLenZero:        pathLength == 0,
	}
}

func writePair(dir, name string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(dir, name+".key.pem", "PRIVATE KEY", der); err != nil {
		return err
	}
	return writePublic(dir, name, key.Public())
}

func writePublic(dir, name string, key crypto.PublicKey) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return err
	}
	return writePEM(dir, name+".pub.pem", "PUBLIC KEY", der)
}

func writePEM(dir, name, kind string, blocks ...[]byte) error {
	var text []byte
	for _, der := range blocks {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})...)
	}
	return os.WriteFile(filepath.Join(dir, name), text, 0o600)
}
