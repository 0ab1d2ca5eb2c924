#include "verifier/policy/image_policy_authority.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::policy {
namespace {

// The short names that policy-controller still takes (spec/peers.md §2.2), and what they stand for.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShortTypes = {{
    {"custom", "https://cosign.sigstore.dev/attestation/v1"},
    {"slsaprovenance", "https://slsa.dev/provenance/v0.2"},
    {"spdx", "https://spdx.dev/Document"},
    {"spdxjson", "https://spdx.dev/Document"},
    {"cyclonedx", "https://cyclonedx.org/bom"},
    {"link", "https://in-toto.io/Link/v1"},
    {"vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"},
}};

// Go's JSON has no difference between an empty and a missing string.
absl::StatusOr<std::optional<std::string>> Text(ObjectReader& reader, std::string_view field) {
  ASSIGN_OR_RETURN(std::string text, reader.StringOr(field, ""));
  if (text.empty()) return std::nullopt;
  return text;
}

class AuthorityReader {
 public:
  AuthorityReader(ObjectReader& reader, const ImagePolicyContext& context, ImagePolicyNotes& notes)
      : reader_(reader), context_(context), notes_(notes) {}

  absl::StatusOr<std::vector<Authority>> Read(size_t index) {
    ASSIGN_OR_RETURN(const auto name, Text(reader_, "name"));
    authority_.name = name.value_or(Cat("authority-", index));
    ASSIGN_OR_RETURN(const std::string_view kind, Kind());
    RETURN_IF_ERROR(ReadFormat());
    if (kind == "static") {
      RETURN_IF_ERROR(ReadStatic());
      return std::vector<Authority>{std::move(authority_)};
    }
    if (kind == "keyless") RETURN_IF_ERROR(ReadKeyless());
    RETURN_IF_ERROR(ReadTrust(kind == "keyless"));
    RETURN_IF_ERROR(ReadSource());
    RETURN_IF_ERROR(ReadAttestations());
    if (kind == "keyless") {
      RETURN_IF_ERROR(reader_.Done());
      return std::vector<Authority>{std::move(authority_)};
    }
    return WithKeys();
  }

 private:
  absl::StatusOr<std::string_view> Kind() {
    std::string_view found;
    for (const std::string_view kind : {"keyless", "key", "static"}) {
      if (!reader_.Has(kind)) continue;
      if (!found.empty()) return reader_.Error(Cat("give one of ", found, " and ", kind, ", not both"));
      found = kind;
    }
    if (found.empty()) return reader_.Error("one of keyless, key and static is needed");
    return found;
  }

  void Warn(const ObjectReader& at, std::string_view field, std::string_view what) {
    notes_.warnings.push_back(Cat(at.Location(), ".", field, ": ", what));
  }

  // -- static.

  absl::Status ReadStatic() {
    ASSIGN_OR_RETURN(ObjectReader answer, reader_.Object("static"));
    ASSIGN_OR_RETURN(const std::string action, answer.String("action"));
    ASSIGN_OR_RETURN(std::string message, answer.StringOr("message", ""));
    RETURN_IF_ERROR(answer.Done());
    if (action != "pass" && action != "fail") {
      return answer.ErrorAt("action", Cat("expected pass or fail, found \"", Printable(action, 64), "\""));
    }
    authority_.always = StaticAnswer{action == "pass", std::move(message)};
    return reader_.Done();
  }

  // -- keyless.

  // policy-controller never contacts `url`, and with `ca-cert` it never verifies anything.
  absl::Status ReadKeyless() {
    ASSIGN_OR_RETURN(ObjectReader keyless, reader_.Object("keyless"));
    RETURN_IF_ERROR(keyless.StringOr("url", "").status());
    if (keyless.Has("ca-cert")) {
      return keyless.ErrorAt("ca-cert",
                             "is not supported; write the certificates into a TrustRoot and name it in "
                             "trustRootRef");
    }
    ASSIGN_OR_RETURN(certificate_root_, keyless.StringOr("trustRootRef", ""));
    ASSIGN_OR_RETURN(const bool ignore_sct, keyless.BoolOr("insecureIgnoreSCT", false));
    authority_.thresholds.scts = ignore_sct ? 0 : 1;
    ASSIGN_OR_RETURN(std::vector<ObjectReader> items, keyless.Objects("identities", limits::kMaxPolicyList));
    if (items.empty()) return keyless.ErrorAt("identities", "at least one identity is needed");
    for (ObjectReader& item : items) {
      Identity identity;
      ASSIGN_OR_RETURN(TextMatcher issuer, ReadMatcher(item, "issuer", "issuerRegExp"));
      ASSIGN_OR_RETURN(TextMatcher subject, ReadMatcher(item, "subject", "subjectRegExp"));
      RETURN_IF_ERROR(item.Done());
      identity.issuers.push_back(std::move(issuer));
      identity.subjects.push_back(std::move(subject));
      authority_.identities.push_back(std::move(identity));
    }
    return keyless.Done();
  }

  absl::StatusOr<TextMatcher> ReadMatcher(ObjectReader& item, std::string_view exact,
                                          std::string_view pattern) {
    ASSIGN_OR_RETURN(auto text, Text(item, exact));
    ASSIGN_OR_RETURN(const auto expression, Text(item, pattern));
    if (text.has_value() == expression.has_value()) {
      return item.Error(text ? Cat("give one of ", exact, " and ", pattern, ", not both")
                             : Cat("one of ", exact, " and ", pattern, " is needed"));
    }
    if (text) return TextMatcher::Exactly(*std::move(text));
    auto regexp = Regexp::Compile(*expression);
    if (!regexp.ok()) return item.ErrorAt(pattern, Message(regexp.status()));
    if (!expression->starts_with('^') || !expression->ends_with('$')) {
      Warn(
          item, pattern,
          "accepts every text of which a part matches; begin it with ^ and end it with $ to match the whole");
    }
    return TextMatcher::Finding(*std::move(regexp));
  }

  // -- What is trusted, and how much evidence is wanted.

  struct Reference {
    bool present = false;
    std::string root;  // empty: the default
  };

  absl::StatusOr<Reference> ReadReference(std::string_view field) {
    ASSIGN_OR_RETURN(std::optional<ObjectReader> object, reader_.OptionalObject(field));
    if (!object) return Reference{};
    Reference reference{true, ""};
    ASSIGN_OR_RETURN(reference.root, object->StringOr("trustRootRef", ""));
    // Only ever a sign that the log counts: entries are verified offline, with what came along.
    if (field == "ctlog") RETURN_IF_ERROR(object->StringOr("url", "").status());
    RETURN_IF_ERROR(object->Done());
    return reference;
  }

  // spec/peers.md §2.2: the log counts when `ctlog` is there, and for keyless without a trust root of its
  // own; never when `rfc3161timestamp` is there, which then has to say when. Without either a certificate
  // needs a signed time all the same, from whoever the root names.
  absl::Status ReadTrust(bool keyless) {
    ASSIGN_OR_RETURN(const Reference log, ReadReference("ctlog"));
    ASSIGN_OR_RETURN(const Reference time, ReadReference("rfc3161timestamp"));
    const bool log_counts = log.present || (keyless && certificate_root_.empty());
    authority_.thresholds.transparency_logs = log_counts && !time.present ? 1 : 0;
    authority_.thresholds.timestamp_authorities = time.present ? 1 : 0;
    if (log.present && time.present) {
      Warn(reader_, "ctlog", "is not asked for, because rfc3161timestamp is set");
    } else if (!log_counts && !time.present) {
      Warn(reader_, keyless ? "keyless.trustRootRef" : "key",
           "no transparency log is asked for; name one in ctlog");
    }
    return SetRoot(certificate_root_, log.present ? log.root : certificate_root_,
                   time.present ? time.root : certificate_root_);
  }

  absl::Status SetRoot(const std::string& certificates, const std::string& log, const std::string& time) {
    ASSIGN_OR_RETURN(const auto certificate_root, RootOf(certificates, "keyless"));
    ASSIGN_OR_RETURN(const auto log_root, RootOf(log, reader_.Has("ctlog") ? "ctlog" : "keyless"));
    ASSIGN_OR_RETURN(const auto time_root,
                     RootOf(time, reader_.Has("rfc3161timestamp") ? "rfc3161timestamp" : "keyless"));
    if (certificates.empty() && log.empty() && time.empty()) return absl::OkStatus();
    authority_.root = certificates == log && log == time
                          ? certificate_root
                          : std::make_shared<const sigstore::TrustedRoot>(
                                sigstore::TrustedRoot::Combine(*certificate_root, *log_root, *time_root));
    notes_.inputs.insert_or_assign(Cat("root of ", reader_.Location()), authority_.root->version());
    return absl::OkStatus();
  }

  absl::StatusOr<std::shared_ptr<const sigstore::TrustedRoot>> RootOf(const std::string& name,
                                                                      std::string_view field) {
    if (name.empty()) return context_.default_root;
    const std::string path = Cat(field, ".trustRootRef");
    const auto found = context_.trust_roots.find(name);
    if (found == context_.trust_roots.end()) {
      return reader_.ErrorAt(path, Cat("there is no TrustRoot named \"", Printable(name, 64), "\""));
    }
    if (found->second.root == nullptr) {
      return reader_.ErrorAt(path, Cat("cannot be used: ", found->second.problem));
    }
    return found->second.root;
  }

  absl::Status ReadFormat() {
    ASSIGN_OR_RETURN(const std::string format, reader_.StringOr("signatureFormat", ""));
    const bool bundle = format == "bundle";
    if (!bundle && !format.empty() && format != "legacy") {
      return reader_.ErrorAt("signatureFormat",
                             Cat("expected legacy or bundle, found \"", Printable(format, 64), "\""));
    }
    authority_.formats = {.bundle = bundle, .legacy = !bundle};
    return absl::OkStatus();
  }

  // -- source.

  absl::Status ReadSource() {
    ASSIGN_OR_RETURN(std::vector<ObjectReader> items, reader_.Objects("source", limits::kMaxPolicyList));
    if (items.size() > 1) return reader_.ErrorAt("source", "at most one source is allowed");
    for (ObjectReader& item : items) {
      ASSIGN_OR_RETURN(const auto prefix, Text(item, "tagPrefix"));
      if (prefix) return item.ErrorAt("tagPrefix", "is not supported; attach without a prefix");
      if (const Node* secrets = item.Raw("signaturePullSecrets");
          secrets != nullptr && !(secrets->is_list() && secrets->list().empty())) {
        return item.ErrorAt("signaturePullSecrets",
                            "are not read; put the credentials into the webhook's registry configuration");
      }
      ASSIGN_OR_RETURN(const auto repository, Text(item, "oci"));
      RETURN_IF_ERROR(item.Done());
      if (!repository) continue;
      ASSIGN_OR_RETURN(std::string name, RepositoryName(item, *repository));
      authority_.sources.push_back(std::move(name));
    }
    return absl::OkStatus();
  }

  // The whole name, as policy-controller's library completes it.
  static absl::StatusOr<std::string> RepositoryName(ObjectReader& item, const std::string& text) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_./:";
    const size_t slash = text.find('/');
    const bool has_tag = slash != std::string::npos && text.find(':', slash) != std::string::npos;
    if (text.find_first_not_of(kAllowed) != std::string::npos || has_tag || text.front() == '/' ||
        text.back() == '/') {
      return item.ErrorAt("oci", Cat("expected the name of a repository, without tag and digest, found \"",
                                     Printable(text, 80), "\""));
    }
    const std::string_view host = std::string_view(text).substr(0, slash == std::string::npos ? 0 : slash);
    if (host == "docker.io") return Cat("index.docker.io", std::string_view(text).substr(slash));
    if (host == "localhost" || host.find_first_of(".:") != std::string_view::npos) return text;
    return Cat("index.docker.io/", slash == std::string::npos ? "library/" : "", text);
  }

  // -- attestations.

  absl::Status ReadAttestations() {
    ASSIGN_OR_RETURN(std::vector<ObjectReader> items,
                     reader_.Objects("attestations", limits::kMaxPolicyList));
    for (ObjectReader& item : items) {
      RETURN_IF_ERROR(item.StringOr("name", "").status());
      if (item.Has("policy")) {
        return item.ErrorAt("policy",
                            "CUE and Rego are not evaluated; without them only the type would be checked");
      }
      ASSIGN_OR_RETURN(std::string type, ReadPredicateType(item));
      RETURN_IF_ERROR(item.Done());
      auto& types = authority_.attestation_types;
      if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(std::move(type));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> ReadPredicateType(ObjectReader& item) {
    ASSIGN_OR_RETURN(std::string type, item.String("predicateType"));
    for (const auto& [name, uri] : kShortTypes) {
      if (type != name) continue;
      Warn(item, "predicateType", Cat("\"", name, "\" is deprecated; write ", uri));
      return std::string(uri);
    }
    if (const size_t colon = type.find(':'); colon != std::string::npos && colon > 0) return type;
    return item.ErrorAt("predicateType",
                        Cat("expected the URI of a predicate type, found \"", Printable(type, 64), "\""));
  }

  // -- key.

  absl::StatusOr<std::vector<Authority>> WithKeys() {
    ASSIGN_OR_RETURN(ObjectReader key, reader_.Object("key"));
    ASSIGN_OR_RETURN(std::vector<sigstore::ManagedKey> keys,
                     ReadImagePolicyKeys(key, authority_.formats.bundle, context_, notes_));
    RETURN_IF_ERROR(reader_.Done());
    if (keys.size() > 1 && !authority_.attestation_types.empty()) {
      return key.Error(
          "several keys for one attestation are not supported, since policy-controller wants every one of "
          "them "
          "to have signed; write an authority for each key of which one suffices");
    }
    std::vector<Authority> authorities;
    for (sigstore::ManagedKey& managed : keys) {
      authorities.push_back(authority_);
      authorities.back().key = std::move(managed);
    }
    return authorities;
  }

  ObjectReader& reader_;
  const ImagePolicyContext& context_;
  ImagePolicyNotes& notes_;
  Authority authority_;
  std::string certificate_root_;  // keyless.trustRootRef
};

}  // namespace

absl::StatusOr<std::vector<Authority>> ReadImagePolicyAuthority(ObjectReader& reader, size_t index,
                                                                const ImagePolicyContext& context,
                                                                ImagePolicyNotes& notes) {
  return AuthorityReader(reader, context, notes).Read(index);
}

}  // namespace chartseal::policy
