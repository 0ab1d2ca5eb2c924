#pragma once

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

// OpenSSL as the independent reader of what the sandbox wrote.
namespace chartseal::sandbox {

struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using X509Pointer = std::unique_ptr<X509, X509Deleter>;

// nullptr unless the bytes are exactly one certificate.
inline X509Pointer ParseCertificate(std::string_view der) {
  const unsigned char* cursor = reinterpret_cast<const unsigned char*>(der.data());
  X509Pointer certificate(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
  if (cursor != reinterpret_cast<const unsigned char*>(der.data()) + der.size()) return nullptr;
  return certificate;
}

// "" when the leaf chains to the root at that time (Unix seconds), else OpenSSL's words for why not.
inline std::string ChainError(std::string_view leaf, std::string_view intermediate, std::string_view root,
                              int64_t at) {
  const X509Pointer leaf_certificate = ParseCertificate(leaf);
  const X509Pointer intermediate_certificate = ParseCertificate(intermediate);
  const X509Pointer root_certificate = ParseCertificate(root);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, root_certificate.get());
  STACK_OF(X509)* untrusted = sk_X509_new_null();
  if (intermediate_certificate) sk_X509_push(untrusted, intermediate_certificate.get());
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf_certificate.get(), untrusted);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_time(parameters, at);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  const int verified = X509_verify_cert(context);
  const std::string error =
      verified == 1 ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(context));
  X509_STORE_CTX_free(context);
  sk_X509_free(untrusted);
  X509_STORE_free(store);
  return error;
}

}  // namespace chartseal::sandbox
