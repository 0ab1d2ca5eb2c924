#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>

#include "verifier/base/strings.h"
#include "webhook/server_core_internal.h"

namespace chartseal::webhook::internal {
namespace {

// The API server offers http/1.1 alone for services, h2 as well for loopback URLs (spec §6.3). A client that
// offers neither is left to find out by itself.
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

absl::Status Unusable(std::string_view what, const boost::system::error_code& error) {
  return absl::InvalidArgumentError(Cat("the TLS ", what, " cannot be used: ", error.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(const TlsIdentity& identity) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  boost::system::error_code error;
  context->use_certificate_chain(boost::asio::buffer(identity.certificate_chain), error);
  if (error) return Unusable("certificate", error);
  context->use_private_key(boost::asio::buffer(identity.private_key), ssl::context::pem, error);
  if (error) return Unusable("private key", error);
  SSL_CTX* native = context->native_handle();
  if (SSL_CTX_check_private_key(native) != 1) {
    return absl::InvalidArgumentError("the TLS private key does not belong to the certificate");
  }
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // An idle connection then keeps no record buffers: 34 KiB each.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, SelectProtocol, nullptr);
  return context;
}

}  // namespace chartseal::webhook::internal
