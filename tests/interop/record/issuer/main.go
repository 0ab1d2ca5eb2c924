// issuer is an OpenID Connect issuer for recordings: it hands a token shaped like those of GitHub Actions to whoever asks.
//
//	GET /token?repository=acme/app&workflow=release.yml&ref=refs/tags/v1.2.3
//
// Nothing else uses its key, which lives as long as the process.
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net/http"
	"strings"
	"time"
)

const (
	keyID         = "recording"
	tokenLifetime = 10 * time.Minute
	commit        = "5c2f3d6b1a0e4f7d8c9b0a1e2d3c4b5a69788796"
)

type issuer struct {
	url string
	key *rsa.PrivateKey
}

func main() {
	address := flag.String("address", "127.0.0.1:8080", "host:port to listen on")
	url := flag.String("issuer", "http://localhost:8080", "issuer URL, as it is written into tokens")
	flag.Parse()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		log.Fatalf("issuer: %v", err)
	}
	i := issuer{url: *url, key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.configuration)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /token", i.token)
	server := &http.Server{Addr: *address, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	log.Fatalf("issuer: %v", server.ListenAndServe())
}

func (i issuer) configuration(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"issuer":                                i.url,
		"jwks_uri":                              i.url + "/keys",
		"authorization_endpoint":                i.url + "/auth",
		"token_endpoint":                        i.url + "/token",
		"response_types_supported":              []string{"id_token"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (i issuer) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(i.key.N.Bytes()),
		"e": encode(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
}

func (i issuer) token(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	repository, workflow, ref := query.Get("repository"), query.Get("workflow"), query.Get("ref")
	owner, _, ok := strings.Cut(repository, "/")
	if !ok || workflow == "" || ref == "" {
		http.Error(w, "repository=owner/name, workflow and ref are needed", http.StatusBadRequest)
		return
	}
	signed, err := i.sign(i.claims(owner, repository, workflow, ref))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, signed)
}

// claims has every claim that Fulcio's github-workflow templates name.
func (i issuer) claims(owner, repository, workflow, ref string) map[string]any {
	now := time.Now()
	path := repository + "/.github/workflows/" + workflow + "@" + ref
	return map[string]any{
		"iss": i.url, "aud": "sigstore", "sub": "repo:" + repository + ":ref:" + ref,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLifetime).Unix(),
		"ref": ref, "sha": commit, "event_name": "push",
		"repository": repository, "repository_id": "731114", "repository_visibility": "public",
		"repository_owner": owner, "repository_owner_id": "5151",
		"run_id": "9000000001", "run_attempt": "1", "runner_environment": "github-hosted",
		"workflow": "release", "workflow_ref": path, "workflow_sha": commit,
		"job_workflow_ref": path, "job_workflow_sha": commit,
	}
}

func (i issuer) sign(claims map[string]any) (string, error) {
	header, err := json.Marshal(map[string]string{"alg": "RS256", "typ": "JWT", "kid": keyID})
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed := encode(header) + "." + encode(body)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return signed + "." + encode(signature), nil
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Printf("issuer: %v", err)
	}
}

func encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }
