#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "webhook/server_tls_internal.h"

namespace chartseal::webhook::internal {
namespace {

// A body of 18 KiB, which is an ordinary Deployment, comes in two records: one read takes both. OpenSSL holds
// the buffer only while bytes of a record are in it.
constexpr size_t kTlsReadBytes = 32 << 10;

struct Free {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// The API server offers http/1.1 alone for services, h2 as well for loopback URLs
// (spec/helm-oci-kubernetes.md §6.3). A client that offers neither is left to find out by itself.
int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                   unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kOurs, sizeof kOurs - 1, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int NoPassword(char*, int, int, void*) { return 0; }

absl::Status Unusable(std::string_view what) {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return absl::InvalidArgumentError(
      Cat("the TLS ", what, " cannot be used: ", reason == nullptr ? "not in PEM" : reason));
}

Owned<BIO> Reader(const std::string& pem) {
  return Owned<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// All certificates of a PEM text; empty when there is none or one is malformed.
std::vector<Owned<X509>> ReadCertificates(const std::string& pem) {
  std::vector<Owned<X509>> found;
  if (pem.size() > limits::kMaxPemBytes) return found;
  const Owned<BIO> bio = Reader(pem);
  while (Owned<X509> one{PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)}) {
    found.push_back(std::move(one));
  }
  // Only the end of the text may have ended it.
  const unsigned long code = ERR_peek_last_error();
  if (found.empty() || ERR_GET_REASON(code) != PEM_R_NO_START_LINE) return {};
  ERR_clear_error();
  return found;
}

absl::Status UseChain(SSL_CTX* context, const std::string& pem) {
  std::vector<Owned<X509>> chain = ReadCertificates(pem);
  if (chain.empty() || SSL_CTX_use_certificate(context, chain[0].get()) != 1) return Unusable("certificate");
  for (size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) return Unusable("certificate chain");
  }
  return absl::OkStatus();
}

absl::Status UseKey(SSL_CTX* context, const std::string& pem) {
  const Owned<BIO> bio = Reader(pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) return Unusable("private key");
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(
        "the TLS private key does not belong to the certificate: give both files of one pair");
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) return Unusable("private key");
  return absl::OkStatus();
}

absl::Status AskForClients(SSL_CTX* context, const TlsIdentity& identity) {
  if (identity.client_ca.empty()) {
    if (identity.client_names.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("names of TLS clients without a client CA: name the CA's file as well");
  }
  const std::vector<Owned<X509>> authorities = ReadCertificates(identity.client_ca);
  if (authorities.empty()) return Unusable("client CA");
  for (const Owned<X509>& authority : authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1) {
      return Unusable("client CA");
    }
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(context, limits::kMaxChainLength);
  return absl::OkStatus();
}

void Configure(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kTlsReadBytes);
  SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
}

std::string TextOf(const ASN1_STRING* text) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<size_t>(ASN1_STRING_length(text)));
}

// The common name and the DNS names. Compared with their lengths, so a NUL inside ends none of them.
std::vector<std::string> NamesOf(X509* certificate) {
  std::vector<std::string> names;
  const X509_NAME* subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    names.push_back(TextOf(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  const Owned<GENERAL_NAMES> alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(TextOf(name->d.dNSName));
  }
  return names;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Create(const TlsIdentity& identity) {
  ERR_clear_error();
  Owned<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  if (context == nullptr) return Unusable("library");
  Configure(context.get());
  RETURN_IF_ERROR(UseChain(context.get(), identity.certificate_chain));
  RETURN_IF_ERROR(UseKey(context.get(), identity.private_key));
  RETURN_IF_ERROR(AskForClients(context.get(), identity));
  return std::shared_ptr<const TlsContext>(new TlsContext(context.release(), identity.client_names));
}

TlsContext::~TlsContext() { SSL_CTX_free(native_); }

std::string TlsContext::WhyForbidden(x509_st* certificate) const {
  if (client_names_.empty()) return "";
  if (certificate == nullptr) return "a client certificate is needed\n";
  const std::vector<std::string> names = NamesOf(certificate);
  for (const std::string& name : names) {
    if (std::find(client_names_.begin(), client_names_.end(), name) != client_names_.end()) return "";
  }
  return Cat("the client certificate of ", names.empty() ? "no name" : Printable(names[0]),
             " is not one of those that may ask: allow its name or use another certificate\n");
}

}  // namespace chartseal::webhook::internal
