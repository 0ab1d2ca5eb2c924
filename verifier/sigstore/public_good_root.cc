#include "verifier/sigstore/public_good_root.h"

#include "verifier/sigstore/trusted_root.h"

namespace chartseal::sigstore {

const TrustedRoot& PublicGoodRoot() {
  // value() ends the process when the embedded text is no trusted root; the tests parse it.
  static const TrustedRoot* const root =
      new TrustedRoot(TrustedRoot::ParseJson(PublicGoodRootJson(), "embedded public-good root").value());
  return *root;
}

}  // namespace chartseal::sigstore
