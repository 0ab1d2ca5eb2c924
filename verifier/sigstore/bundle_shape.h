#pragma once

#include "verifier/base/verdict.h"
#include "verifier/sigstore/bundle.h"

namespace chartseal::sigstore {

// Step 1 of spec/sigstore.md §4.1: the rules of §2.3 that parsing leaves open. Rejections: kBundleContent,
// kBundleNoMaterial, kBundleEmptyChain, kBundleChainNotAllowed, kCertificateIsCa (the first is no leaf),
// kBundleRootCertificate, kDuplicateLogEntry, kDsseSignatureCount.
Checked<Passed> CheckBundleShape(const Bundle& bundle);

}  // namespace chartseal::sigstore
