#include "publisher/release/github_release.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "publisher/release/github_api.h"
#include "publisher/release/github_error.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/crypto/digest.h"

namespace chartseal::publisher {
namespace {

constexpr int kMaxUploads = 3;  // of one asset; GitHub's uploads break off now and then
constexpr absl::Duration kUploadPause = absl::Seconds(1);

// GitHub puts a dot for characters that it does not like in a name; which these are it does not say.
std::string Comparable(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool kept = absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
    out += kept ? c : '.';
  }
  return out;
}

class Release : public GithubRelease {
 public:
  Release(ReleaseName name, GithubApi api, ReleaseRecord record, const GithubOptions& options)
      : name_(std::move(name)),
        api_(std::move(api)),
        record_(std::move(record)),
        replace_(options.replace),
        sleeper_(options.sleeper) {}

  absl::StatusOr<AssetOutcome> Put(const ReleaseAsset& asset, absl::Time deadline) override;
  absl::StatusOr<std::optional<std::string>> Get(std::string_view name, size_t max_bytes,
                                                 absl::Time deadline) override;
  const std::string& url() const override { return record_.page; }

 private:
  // The asset of that name, complete or not.
  absl::StatusOr<std::optional<AssetRecord>> Look(std::string_view name, absl::Time deadline) const;
  // Whether the release holds these bytes; kAssetConflict when it holds others.
  absl::Status Compare(const AssetRecord& there, const ReleaseAsset& wanted, absl::Time deadline) const;
  absl::StatusOr<std::string> DigestOf(const AssetRecord& there, absl::Time deadline) const;
  // Takes away what is in the way. Says whether something complete went.
  absl::StatusOr<bool> MakeRoom(const AssetRecord& there, absl::Time deadline) const;
  absl::Status ReadBack(const ReleaseAsset& asset, absl::Time deadline) const;

  ReleaseName name_;
  GithubApi api_;
  ReleaseRecord record_;
  bool replace_;
  net::Sleeper sleeper_;
};

absl::StatusOr<std::optional<AssetRecord>> Release::Look(std::string_view name, absl::Time deadline) const {
  ASSIGN_OR_RETURN(const auto assets, api_.ListAssets(name_, record_.id, deadline));
  const auto found = std::find_if(assets.begin(), assets.end(), [&](const AssetRecord& asset) {
    return Comparable(asset.name) == Comparable(name);
  });
  if (found == assets.end()) return std::nullopt;
  return *found;
}

absl::StatusOr<std::string> Release::DigestOf(const AssetRecord& there, absl::Time deadline) const {
  if (!there.digest.empty()) return there.digest;
  ASSIGN_OR_RETURN(const std::string bytes, api_.Download(name_, there, limits::kMaxAssetBytes, deadline));
  return crypto::Digest::Sha256Of(bytes).ToString();
}

absl::Status Release::Compare(const AssetRecord& there, const ReleaseAsset& wanted,
                              absl::Time deadline) const {
  const std::string ours = crypto::Digest::Sha256Of(wanted.bytes).ToString();
  std::string theirs = Cat(there.size, " bytes");
  if (there.size == static_cast<int64_t>(wanted.bytes.size())) {
    ASSIGN_OR_RETURN(theirs, DigestOf(there, deadline));
    if (theirs == ours) return absl::OkStatus();
  }
  return WithReason(
      absl::FailedPreconditionError(
          Cat("release ", name_.ToString(), " has another asset ", Printable(there.name), ": expected ", ours,
              " (", wanted.bytes.size(), " bytes), found ", Printable(theirs),
              "; next: find out who put it there, then delete it or run again with --replace-assets")),
      Reason::kAssetConflict);
}

absl::StatusOr<bool> Release::MakeRoom(const AssetRecord& there, absl::Time deadline) const {
  RETURN_IF_ERROR(api_.Delete(name_, there, deadline));
  return there.complete;
}

absl::StatusOr<AssetOutcome> Release::Put(const ReleaseAsset& asset, absl::Time deadline) {
  bool replaced = false;
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(const std::optional<AssetRecord> there, Look(asset.name, deadline));
    if (there.has_value() && there->complete) {
      const absl::Status same = Compare(*there, asset, deadline);
      if (same.ok()) {
        if (attempt == 1) return AssetOutcome::kWasThere;
        return replaced ? AssetOutcome::kReplaced : AssetOutcome::kUploaded;
      }
      if (ReasonOf(same) != Reason::kAssetConflict || !replace_) return same;
    }
    if (there.has_value()) {
      ASSIGN_OR_RETURN(const bool was_complete, MakeRoom(*there, deadline));
      replaced = replaced || was_complete;
    }
    const absl::Status uploaded = api_.Upload(record_, asset, deadline).status();
    // Whatever the answer was, what is there now decides: an upload whose answer got lost is one all the
    // same.
    const bool again = absl::IsAlreadyExists(uploaded) || absl::IsUnavailable(uploaded);
    if (!uploaded.ok() && (!again || attempt == kMaxUploads)) {
      return replaced ? Annotate(uploaded, "the old asset was deleted and the new one is not there")
                      : uploaded;
    }
    if (!uploaded.ok()) {
      sleeper_(kUploadPause * attempt);
      continue;
    }
    RETURN_IF_ERROR(ReadBack(asset, deadline));
    return replaced ? AssetOutcome::kReplaced : AssetOutcome::kUploaded;
  }
}

absl::Status Release::ReadBack(const ReleaseAsset& asset, absl::Time deadline) const {
  ASSIGN_OR_RETURN(const std::optional<AssetRecord> there, Look(asset.name, deadline));
  if (there.has_value() && there->complete) return Compare(*there, asset, deadline);
  return GithubError(absl::StatusCode::kUnavailable, Cat("asset ", Printable(asset.name)),
                     "GitHub took the upload and does not list it", "run again");
}

absl::StatusOr<std::optional<std::string>> Release::Get(std::string_view name, size_t max_bytes,
                                                        absl::Time deadline) {
  ASSIGN_OR_RETURN(const std::optional<AssetRecord> there, Look(name, deadline));
  if (!there.has_value() || !there->complete) return std::nullopt;
  ASSIGN_OR_RETURN(std::string bytes, api_.Download(name_, *there, max_bytes, deadline));
  return bytes;
}

absl::Status Misspelt(std::string_view text) {
  return GithubError(absl::StatusCode::kInvalidArgument, "release",
                     Cat("expected OWNER/REPO@TAG, found \"", Printable(text), "\""), "");
}

}  // namespace

std::string_view Name(AssetOutcome outcome) {
  switch (outcome) {
    case AssetOutcome::kUploaded:
      return "uploaded";
    case AssetOutcome::kWasThere:
      return "was there";
    case AssetOutcome::kReplaced:
      return "replaced";
  }
  return "";
}

absl::StatusOr<ReleaseName> ReleaseName::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const size_t at = text.find('@');
  if (slash == std::string_view::npos || at == std::string_view::npos || at < slash) return Misspelt(text);
  ReleaseName name{.owner = std::string(text.substr(0, slash)),
                   .repository = std::string(text.substr(slash + 1, at - slash - 1)),
                   .tag = std::string(text.substr(at + 1))};
  const auto is_word = [](std::string_view word) {
    return !word.empty() && word != "." && word != ".." &&
           std::all_of(word.begin(), word.end(), [](unsigned char c) {
             return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
           });
  };
  const bool tag_is_plain =
      !name.tag.empty() &&
      std::all_of(name.tag.begin(), name.tag.end(), [](unsigned char c) { return c > ' ' && c < 127; });
  if (!is_word(name.owner) || !is_word(name.repository) || !tag_is_plain) return Misspelt(text);
  return name;
}

absl::StatusOr<std::unique_ptr<GithubRelease>> FindGithubRelease(const ReleaseName& name,
                                                                 GithubOptions options, absl::Time deadline) {
  ASSIGN_OR_RETURN(GithubApi api, GithubApi::Create(options));
  ASSIGN_OR_RETURN(ReleaseRecord record, api.FindRelease(name, deadline));
  return std::make_unique<Release>(name, std::move(api), std::move(record), options);
}

}  // namespace chartseal::publisher
