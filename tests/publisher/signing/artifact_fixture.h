#pragma once

#include <memory>
#include <string>
#include <vector>

#include "publisher/signing/artifact_signer.h"
#include "tests/publisher/signing/signer_fixture.h"
#include "tests/sandbox/registry.h"
#include "verifier/policy/policy.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal::publisher {

// A registry with an artifact, a writer for it, and the verifier that everybody else uses.
class ArtifactTest : public SignerTest {
 protected:
  explicit ArtifactTest(sandbox::RegistryOptions options = {}) { StartRegistry(std::move(options)); }

  void StartRegistry(sandbox::RegistryOptions options) {
    registry_ = sandbox::Registry::Start(std::move(options)).value();
    oci::RegistryOptions client;
    client.plain_http_hosts = {registry_->host()};
    client.retry.attempts = 1;
    client_ = oci::RegistryClient::Create(client).value();
    writer_ = std::make_unique<RegistryWriter>(client_);
    registry_->PutBlob("acme/app", "{}");
    artifact_ = Put("first");
  }

  // A manifest that `note` makes distinct.
  oci::Reference Put(const std::string& note) {
    const std::string manifest =
        Cat(R"({"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":")",
            crypto::Digest::Sha256Of("{}").ToString(), R"(","size":2},"layers":[],"annotations":{"note":")",
            note, "\"}}");
    const std::string digest =
        registry_->PutManifest("acme/app", "application/vnd.oci.image.manifest.v1+json", manifest);
    registry_->log().Clear();
    return oci::Reference::Parse(Cat(registry_->host(), "/acme/app@", digest)).value();
  }

  static AttachOptions As(SignatureLayout layout, std::map<std::string, std::string> annotations = {}) {
    return {layout, std::move(annotations), absl::Now()};
  }

  absl::StatusOr<std::vector<Attachment>> Sign(const Signer& signer, const AttachOptions& options) {
    return ArtifactSigner(signer, *writer_).Sign(*artifact_, options, Deadline());
  }
  absl::StatusOr<std::vector<Attachment>> Attest(const Signer& signer, const AttachOptions& options,
                                                 std::string_view predicate = R"({"a":1})") {
    return ArtifactSigner(signer, *writer_)
        .Attest(*artifact_, "https://p.test/v1", predicate, options, Deadline());
  }

  // What the registry was asked to write: "PUT /v2/…", "POST /v2/…".
  std::vector<std::string> Writes() {
    std::vector<std::string> writes;
    for (const sandbox::RequestRecord& record : registry_->log().Records()) {
      if (record.method != "GET" && record.method != "HEAD")
        writes.push_back(record.method + " " + record.path);
    }
    return writes;
  }

  policy::Requirement ByWorkflow() const {
    policy::Identity identity;
    identity.subjects.push_back(policy::TextMatcher::Exactly(std::string(kIdentity)));
    identity.issuers.push_back(policy::TextMatcher::Exactly(services_->urls().oidc));
    policy::Requirement requirement;
    requirement.authorities.emplace_back().identities.push_back(std::move(identity));
    return requirement;
  }
  policy::Requirement ByKey() const {
    policy::Requirement requirement;
    policy::Authority& authority = requirement.authorities.emplace_back();
    authority.key = sigstore::ManagedKey{pair_->public_key(), std::nullopt, std::nullopt};
    authority.thresholds = {0, 0, 0, 0};
    return requirement;
  }
  static policy::Requirement Attested(policy::Requirement requirement) {
    requirement.signature = false;
    requirement.attestation_types = {"https://p.test/v1"};
    return requirement;
  }

  // A fresh client and the real verifier: what a stranger sees.
  absl::StatusOr<verification::Verdict> Verify(const policy::Requirement& requirement) {
    oci::RegistryOptions options;
    options.plain_http_hosts = {registry_->host()};
    const auto stranger = oci::RegistryClient::Create(options).value();
    return verification::ArtifactVerifier(*stranger, RootOf(sigstore_))
        .Verify(*artifact_, requirement, Deadline());
  }
  // "yes", or why not.
  std::string Answer(const policy::Requirement& requirement) {
    const auto verdict = Verify(requirement);
    if (!verdict.ok()) return Why(verdict.status());
    return verdict->accepted ? "yes" : Cat(Name(verdict->reason), ": ", verdict->Summary());
  }

  std::unique_ptr<sandbox::Registry> registry_;
  std::shared_ptr<oci::RegistryClient> client_;
  std::unique_ptr<RegistryWriter> writer_;
  std::optional<oci::Reference> artifact_;
};

}  // namespace chartseal::publisher
