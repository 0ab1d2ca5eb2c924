#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "tests/sandbox/keys.h"
#include "webhook/server.h"

namespace chartseal::webhook {

struct PairSpec {
  std::string common_name;
  std::vector<std::string> dns_names = {};
  absl::Time not_after = absl::FromUnixSeconds(4'000'000'000);  // in the year 2096
  absl::Time not_before = absl::FromUnixSeconds(1'700'000'000);
  std::string purpose = "";  // the extended key usage in dots; empty: none stands in it
};

struct TlsPair {
  std::string certificate;  // PEM
  std::string key;          // PEM
  TlsIdentity identity() const { return {.certificate_chain = certificate, .private_key = key}; }
};

// Issues certificates for TLS servers and clients.
class TlsAuthority {
 public:
  explicit TlsAuthority(std::string name);
  const std::string& certificate() const { return certificate_; }  // PEM
  TlsPair Issue(const PairSpec& spec) const;

 private:
  std::string name_;
  sandbox::Key key_;
  std::string certificate_;
};

// A pair that no authority but itself vouches for.
TlsPair SelfSigned(std::string name, absl::Time not_after = absl::FromUnixSeconds(4'000'000'000));

}  // namespace chartseal::webhook
