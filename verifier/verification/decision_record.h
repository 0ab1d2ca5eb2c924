#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "verifier/base/reason.h"
#include "verifier/crypto/digest.h"
#include "verifier/verification/evidence.h"

// Everything that one admission decision was made from, as one JSON document, so that it can be explained and
// judged again later, elsewhere and without the network (docs/webhook.md, "Decision records"). The webhook
// writes it, `chartseal explain` reads it.
namespace chartseal::verification {

// Answers and modes have the names that metrics and denials use.
inline constexpr std::string_view kAnswerYes = "yes";
inline constexpr std::string_view kAnswerNo = "no";
inline constexpr std::string_view kAnswerCouldNotTell = "could-not-tell";
inline constexpr std::string_view kModeEnforce = "enforce";
inline constexpr std::string_view kModeWarn = "warn";
inline constexpr std::string_view kModeAllow = "allow";
inline constexpr std::string_view kVerdictAllowed = "allowed";
inline constexpr std::string_view kVerdictWarned = "warned";
inline constexpr std::string_view kVerdictDenied = "denied";

// What the API server asked. The object itself is not kept: it may hold secrets.
struct RecordedRequest {
  std::string uid;
  std::string endpoint;   // "validate", "mutate"
  std::string operation;  // "CREATE", "UPDATE"
  std::string group;      // of the kind; empty for the core group
  std::string version;
  std::string kind;
  std::string subresource;
  std::string namespace_name;
  std::string name;
  bool dry_run = false;
};

// A policy that covered one of the images or charts.
struct RecordedPolicy {
  std::string name;
  std::string fingerprint;  // policy::Policy::fingerprint
  std::string mode;
  // The VerificationPolicy as JSON; null for one that came from another kind of object, and cannot be
  // replayed.
  std::shared_ptr<const std::string> source;
};

// What one policy said about one image or chart; webhook::Ruling with its conclusion.
struct RecordedRuling {
  std::string policy;  // empty: no policy covered the image, or its name could not be read
  std::string mode;    // what followed from a no
  std::string answer;
  Reason reason = Reason::kNone;
  std::string detail;
  std::string expected;
  std::string found;
  std::string next;
  // Of a yes.
  std::string authority;
  std::string signer;
  std::string issuer;
  std::string layout;
  std::optional<int64_t> log_index;
  std::optional<absl::Time> signed_at;
};

struct RecordedImage {
  std::string image;  // as written in the object
  std::vector<std::string> paths;
  std::optional<crypto::Digest> digest;  // what was judged
  bool remembered = false;
  absl::Duration registry_time;
  absl::Duration crypto_time;
  std::vector<RecordedRuling> rulings;  // never empty
  // What was judged; null when it was no longer at hand. Of many images of one digest the record holds one
  // copy.
  std::shared_ptr<const Evidence> evidence;
};

// One rendered document of a release, and what ties it to the signed chart.
struct RecordedDocument {
  std::string source;  // empty without one
  std::string object;  // "v1 Service db"
  bool hook = false;
  bool subchart = false;
  std::string binding;  // chart::Name(Binding)
  bool bound = false;   // IsBound()
};

// A repository in which the chart of a release was looked for.
struct RecordedPlace {
  // The chart there: its name is "ghcr.io/acme/charts/app:1.2.3", it has no paths. The rulings are about the
  // chart's signers and about the release's content.
  RecordedImage chart;
  std::vector<RecordedRuling> warnings;
  std::string signers;      // whom policies want to have signed
  std::string fingerprint;  // of the chart's content there; empty when it was not looked at
  bool stated = false;      // in a signed statement
  std::vector<RecordedDocument> documents;
};

// A release whose record wanted to come in. Manifest and values are not kept: they may hold secrets.
struct RecordedRelease {
  std::string chart;
  std::string version;
  std::string fingerprint;  // of the content that the release has
  std::vector<RecordedPlace> places;
  std::optional<size_t> decisive;       // which place decided
  std::vector<RecordedRuling> rulings;  // what decided where no place did; else empty
};

struct DecisionRecord {
  std::string chartseal_version;
  absl::Time at;
  absl::Duration took;
  RecordedRequest request;
  std::string verdict;
  Reason reason = Reason::kNone;
  std::string message;               // of a denial
  std::string trusted_root_version;  // sigstore::TrustedRoot::version(); empty when none was consulted
  std::vector<RecordedPolicy> policies;
  std::vector<RecordedImage> images;
  // That the object names, or that may bring it: "ghcr.io/acme/charts/app:1.2.3", or what stands there where
  // that is no repository. The rulings are about the chart's signers, and about what the object says of it.
  std::vector<RecordedImage> charts;
  std::optional<RecordedRelease> release;
};

// The document, with a newline at its end. What would not fit into limits::kMaxRecordBytes, or evidence that
// has lost its bytes, is left out: the reader then finds a null there. Never fails.
std::string WriteDecisionRecord(const DecisionRecord& record);

// Strict: unknown members, unknown names, digests that do not match the evidence, rulings by policies that
// are not there are refused. Errors: InvalidArgument with Reason::kRecordMalformed or kJsonMalformed,
// ResourceExhausted with kLimitExceeded. `where` names the file.
absl::StatusOr<DecisionRecord> ReadDecisionRecord(std::string_view json, std::string_view where);

}  // namespace chartseal::verification
