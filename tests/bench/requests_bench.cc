// How many requests one verification of a digest reference makes, and how many of them follow one another.
// Counts, not times; the registry waits a little with each answer so that requests made at the same time
// overlap.

#include <cstdio>

#include "tests/sandbox/cosign_layout.h"
#include "tests/sandbox/layout_pusher.h"
#include "tests/sandbox/mint.h"
#include "tests/sandbox/registry.h"
#include "tests/sandbox/trusted_root_file.h"
#include "verifier/oci/registry_client.h"
#include "verifier/verification/artifact_verifier.h"

namespace chartseal {
namespace {

struct Scene {
  const char* name;
  bool referrers_api;
  bool legacy;
};

policy::Requirement AnySigner() {
  policy::Authority authority;
  const auto any = [] { return policy::TextMatcher::Matching(policy::Regexp::Compile(".+").value()); };
  authority.identities.push_back({{any()}, {any()}, {}});
  policy::Requirement requirement;
  requirement.authorities.push_back(std::move(authority));
  return requirement;
}

void Put(sandbox::Registry& registry, const sandbox::OciManifest& manifest) {
  for (const sandbox::OciBlob& blob : manifest.blobs) registry.PutBlob("acme/app", blob.bytes);
  const std::string digest = registry.PutManifest("acme/app", manifest.media_type, manifest.bytes);
  if (!manifest.tag.empty()) registry.Tag("acme/app", manifest.tag, digest);
}

// A signed artifact in a registry of the scene's kind, verified by digest by a client that has never seen the
// registry.
bool Run(const Scene& scene) {
  sandbox::Sigstore sigstore;
  sandbox::RegistryOptions options;
  options.referrers_api = scene.referrers_api;
  options.latency = absl::Milliseconds(20);
  auto registry = sandbox::Registry::Start(options).value();
  const std::string digest = registry->PutManifest(
      "acme/app", "application/vnd.oci.image.manifest.v1+json",
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[]})");
  if (scene.legacy) {
    Put(*registry, sandbox::LegacyManifest(digest, {sandbox::MintLegacy(sigstore, digest, {})}));
  } else {
    const auto referrer = sandbox::MintReferrer(sigstore, {digest, 2}, {});
    Put(*registry, referrer);
    if (!scene.referrers_api) Put(*registry, sandbox::ReferrersIndex(digest, {referrer}));
  }
  registry->log().Clear();
  oci::RegistryOptions client_options;
  client_options.plain_http_hosts = {registry->host()};
  const auto client = oci::RegistryClient::Create(client_options).value();
  auto root = std::make_shared<const sigstore::TrustedRoot>(
      sigstore::TrustedRoot::ParseJson(sandbox::TrustedRootJson(sigstore), "sandbox").value());
  const auto reference = oci::Reference::Parse(registry->host() + "/acme/app@" + digest).value();
  const auto verdict = verification::ArtifactVerifier(*client, root)
                           .Verify(reference, AnySigner(), absl::Now() + absl::Seconds(30));
  const bool yes = verdict.ok() && verdict->accepted;
  std::printf("%-34s %s: %zu requests, at most %zu in sequence\n", scene.name,
              yes ? "verified" : "NOT VERIFIED", static_cast<size_t>(registry->log().size()),
              static_cast<size_t>(registry->log().SequentialDepth()));
  return yes;
}

}  // namespace
}  // namespace chartseal

int main() {
  using chartseal::Scene;
  bool all = true;
  for (const Scene& scene :
       {Scene{"bundle, referrers API", true, false}, Scene{"bundle, fallback tag", false, false},
        Scene{"legacy tag, referrers API", true, true}, Scene{"legacy tag, no referrers API", false, true}}) {
    all = chartseal::Run(scene) && all;
  }
  return all ? 0 : 1;
}
