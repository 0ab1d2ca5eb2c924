#include "webhook/tls_files.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <utility>

#include "verifier/base/file.h"
#include "verifier/base/log.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"

namespace chartseal::webhook {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

int NoPassword(char*, int, int, void*) { return 0; }

Owned<X509> FirstCertificate(const std::string& pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  return certificate;
}

absl::StatusOr<absl::Time> ExpiryOf(const std::string& pem, const std::string& path) {
  const Owned<X509> leaf = FirstCertificate(pem);
  if (leaf == nullptr) {
    return absl::InvalidArgumentError(Cat(path, ": expected a certificate in PEM, found none"));
  }
  std::tm parts = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(leaf.get()), &parts) != 1) {
    return absl::InvalidArgumentError(Cat(path, ": the end of the certificate's validity is no time"));
  }
  return absl::FromTM(parts, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<TlsFiles::Content> TlsFiles::ReadContent() const {
  Content content;
  TlsIdentity& identity = content.identity;
  ASSIGN_OR_RETURN(identity.certificate_chain, ReadFile(options_.certificate, limits::kMaxPemBytes));
  ASSIGN_OR_RETURN(identity.private_key, ReadFile(options_.key, limits::kMaxPemBytes));
  identity.client_names = options_.client_names;
  if (!options_.client_ca.empty()) {
    ASSIGN_OR_RETURN(identity.client_ca, ReadFile(options_.client_ca, limits::kMaxPemBytes));
    // An empty text would mean that every client may come in.
    if (FirstCertificate(identity.client_ca) == nullptr) {
      return absl::InvalidArgumentError(
          Cat(options_.client_ca, ": expected certificates of client authorities in PEM, found none"));
    }
  }
  ASSIGN_OR_RETURN(content.expiry, ExpiryOf(identity.certificate_chain, options_.certificate));
  return content;
}

TlsFiles::Look TlsFiles::LookNow() const {
  auto content = ReadContent();
  if (!content.ok()) return {content, Cat("error ", Message(content.status()))};
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  const TlsIdentity& identity = content->identity;
  for (const std::string* text : {&identity.certificate_chain, &identity.private_key, &identity.client_ca}) {
    hasher.Update(Cat(text->size(), ":"));
    hasher.Update(*text);
  }
  return {std::move(content), hasher.Finish()};
}

absl::StatusOr<std::unique_ptr<TlsFiles>> TlsFiles::Read(TlsFilesOptions options, net::Sleeper sleeper) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(std::move(options), std::move(sleeper)));
  Look look = files->LookNow();
  RETURN_IF_ERROR(look.content.status());
  files->content_ = *std::move(look.content);
  files->applied_ = std::move(look.hash);
  return files;
}

TlsFiles::~TlsFiles() { StopFollowing(); }

void TlsFiles::StopFollowing() {
  follower_.Stop();
  const std::lock_guard<std::mutex> polling(polling_);
  apply_ = nullptr;
}

TlsIdentity TlsFiles::identity() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return content_.identity;
}

absl::Time TlsFiles::expiry() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return content_.expiry;
}

absl::Status TlsFiles::Use(const Look& look) {
  RETURN_IF_ERROR(look.content.status());
  RETURN_IF_ERROR(apply_(look.content->identity));
  const std::lock_guard<std::mutex> lock(mutex_);
  content_ = *look.content;
  return absl::OkStatus();
}

void TlsFiles::Poll() {
  const std::lock_guard<std::mutex> polling(polling_);
  if (apply_ == nullptr) return;
  const std::string first = LookNow().hash;
  if (first == applied_) {
    refused_.clear();
    return;
  }
  sleeper_(limits::kFileSettleTime);
  const Look look = LookNow();
  if (look.hash != first) return;  // still being written: looked at again in the next round
  if (const absl::Status status = Use(look); !status.ok()) {
    if (look.hash == refused_) return;
    refused_ = look.hash;
    return log::Error("the TLS files changed and cannot be used; what was in force stays in force",
                      {{"path", options_.certificate}, {"error", Message(status)}});
  }
  applied_ = look.hash;
  refused_.clear();
  log::Info("the TLS certificate was read again",
            {{"path", options_.certificate},
             {"not_after", absl::FormatTime(absl::RFC3339_sec, look.content->expiry, absl::UTCTimeZone())}});
}

void TlsFiles::Follow(Apply apply) {
  {
    const std::lock_guard<std::mutex> polling(polling_);
    apply_ = std::move(apply);
  }
  follower_.Start(options_.poll_interval, [this] { Poll(); });
}

}  // namespace chartseal::webhook
