#include "tests/sandbox/tls_files.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace chartseal::sandbox {
namespace {

constexpr long kDay = 24 * 60 * 60;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(FILE* file) const { std::fclose(file); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

bool AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Owned<X509> SelfSigned(EVP_PKEY* key) {
  Owned<X509> certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
  X509_gmtime_adj(X509_getm_notBefore(raw), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(raw), kDay);
  X509_set_pubkey(raw, key);
  X509_NAME* name = X509_get_subject_name(raw);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("sandbox registry"), -1, -1, 0);
  X509_set_issuer_name(raw, name);
  bool ok = AddExtension(raw, NID_basic_constraints, "critical,CA:TRUE") &&
            AddExtension(raw, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1") &&
            X509_sign(raw, key, EVP_sha256()) > 0;
  return ok ? std::move(certificate) : nullptr;
}

}  // namespace

TlsFiles::TlsFiles(TemporaryDirectory directory)
    : directory_(std::move(directory)),
      certificate_file_(directory_.path() + "/certificate.pem"),
      key_file_(directory_.path() + "/key.pem") {}

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Create() {
  absl::StatusOr<TemporaryDirectory> directory = TemporaryDirectory::Create("tls");
  if (!directory.ok()) return directory.status();
  std::unique_ptr<TlsFiles> files(new TlsFiles(*std::move(directory)));
  Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  Owned<X509> certificate = key == nullptr ? nullptr : SelfSigned(key.get());
  if (certificate == nullptr) return absl::InternalError("OpenSSL could not make a certificate");
  Owned<FILE> certificate_out(std::fopen(files->certificate_file_.c_str(), "w"));
  Owned<FILE> key_out(std::fopen(files->key_file_.c_str(), "w"));
  if (certificate_out == nullptr || key_out == nullptr ||
      PEM_write_X509(certificate_out.get(), certificate.get()) != 1 ||
      PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return absl::UnavailableError(
        absl::StrCat("cannot write certificate and key into ", files->directory_.path()));
  }
  return files;
}

}  // namespace chartseal::sandbox
