#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "tests/sandbox/mint.h"

namespace chartseal::sandbox {

// What goes into a trusted root (spec/sigstore.md §3.1). The extra authorities come after the Sigstore's own,
// with its validity.
struct TrustedRootOptions {
  bool tsa_leaf_in_chain =
      true;  // false: a TSA entry has only its CA certificates, so tokens must embed the leaf
  std::string fulcio_uri = "https://fulcio.sandbox.test";
  std::string tsa_uri = "https://tsa.sandbox.test/api/v1/timestamp";
  std::vector<const CertificateAuthority*> extra_authorities;
  std::vector<const CtLog*> extra_ct_logs;
  std::vector<const RekorV1*> extra_rekor_v1;
  std::vector<const RekorV2*> extra_rekor_v2;
  std::vector<const TimestampAuthority*> extra_tsas;
  std::function<void(nlohmann::json&)> mutate;  // the finished object
};

std::string TrustedRootJson(const Sigstore& sigstore, const TrustedRootOptions& options = {});

}  // namespace chartseal::sandbox
