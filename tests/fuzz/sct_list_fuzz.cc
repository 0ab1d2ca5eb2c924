#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "verifier/base/encoding.h"
#include "verifier/crypto/der_reader.h"
#include "verifier/sigstore/sct.h"

namespace {

using chartseal::HexDecode;
using chartseal::crypto::Certificate;
using chartseal::crypto::DerEncode;
namespace der = chartseal::crypto::der;

// The SubjectPublicKeyInfo of the P-256 key 1: the curve's base point.
constexpr char kSpki[] =
    "3059301306072a8648ce3d020106082a8648ce3d030107034200046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4"
    "a1"
    "3945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
constexpr char kVersionSerial[] = "a003020102020101";
constexpr char kEcdsaSha256[] = "300a06082a8648ce3d040302";
constexpr char kSctListOid[] = "060a2b06010401d679020402";

// A certificate, signed by nobody, with `list` as the value of its SCT list extension.
std::string CertificateWith(std::string_view list) {
  const std::string algorithm = HexDecode(kEcdsaSha256).value();
  const std::string name = DerEncode(der::kSequence, "");
  const std::string time = DerEncode(der::kUtcTime, "260101000000Z");
  const std::string extension =
      DerEncode(der::kSequence, HexDecode(kSctListOid).value() + DerEncode(der::kOctetString, list));
  const std::string extensions = DerEncode(der::ContextConstructed(3), DerEncode(der::kSequence, extension));
  const std::string tbs = DerEncode(der::kSequence, HexDecode(kVersionSerial).value() + algorithm + name +
                                                        DerEncode(der::kSequence, time + time) + name +
                                                        HexDecode(kSpki).value() + extensions);
  return DerEncode(der::kSequence, tbs + algorithm + DerEncode(der::kBitString, std::string(9, '\0')));
}

}  // namespace

// No list is made here that a public-good CT log signed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (size > 60'000) return 0;  // would not be a certificate any more
  const auto leaf = Certificate::FromDer(CertificateWith(input));
  if (!leaf.ok()) std::abort();
  const auto logs = chartseal::sigstore::VerifyScts(*leaf, *leaf, chartseal::sigstore::PublicGoodRoot(), 1);
  if (logs.ok() || logs.rejection().reason == chartseal::Reason::kNone) std::abort();
  return 0;
}
