#include "verifier/policy/policy_file.h"

#include <array>
#include <map>
#include <set>

#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/policy/fingerprint.h"
#include "verifier/policy/policy_charts.h"
#include "verifier/policy/policy_fields.h"

namespace chartseal::policy {
namespace {

constexpr std::string_view kApiVersion = "chartseal.dev/v1alpha1";
constexpr std::string_view kKind = "VerificationPolicy";
constexpr std::string_view kDomain = "chartseal.dev/v1alpha1 VerificationPolicy";

constexpr std::array<std::pair<std::string_view, Mode>, 2> kModes = {
    {{"enforce", Mode::kEnforce}, {"warn", Mode::kWarn}}};
constexpr std::array<std::pair<std::string_view, NoMatch>, 3> kNoMatches = {
    {{"deny", NoMatch::kDeny}, {"warn", NoMatch::kWarn}, {"allow", NoMatch::kAllow}}};

// `exact` and `pattern` are the names of the two ways to say it; exactly one must be there.
absl::StatusOr<TextMatcher> ReadMatcher(ObjectReader& reader, std::string_view exact,
                                        std::string_view pattern) {
  const bool has_exact = reader.Has(exact);
  if (has_exact == reader.Has(pattern)) {
    return reader.Error(has_exact ? Cat("give one of ", exact, " and ", pattern, ", not both")
                                  : Cat("one of ", exact, " and ", pattern, " is needed"));
  }
  ASSIGN_OR_RETURN(std::string text, reader.String(has_exact ? exact : pattern));
  if (text.empty()) return reader.ErrorAt(has_exact ? exact : pattern, "is empty");
  if (has_exact) return TextMatcher::Exactly(std::move(text));
  auto regexp = Regexp::Compile(text);
  if (!regexp.ok()) return reader.ErrorAt(pattern, Message(regexp.status()));
  return TextMatcher::Matching(*std::move(regexp));
}

absl::StatusOr<std::map<std::string, std::string>> ReadClaims(ObjectReader& reader) {
  std::map<std::string, std::string> claims;
  ASSIGN_OR_RETURN(std::optional<ObjectReader> object, reader.OptionalObject("claims"));
  if (!object) return claims;
  for (const auto& [name, node] : object->node().map()) {
    if (sigstore::ClaimNumber(name) == 0) {
      return object->ErrorAt(name, "not a Fulcio claim; see docs/policy-reference.md for the names");
    }
    ASSIGN_OR_RETURN(std::string value, object->String(name));
    if (value.empty()) return object->ErrorAt(name, "is empty");
    claims.emplace(name, std::move(value));
  }
  return claims;
}

absl::StatusOr<Identity> ReadIdentity(ObjectReader& reader) {
  ASSIGN_OR_RETURN(TextMatcher issuer, ReadMatcher(reader, "issuer", "issuerRegExp"));
  ASSIGN_OR_RETURN(TextMatcher subject, ReadMatcher(reader, "subject", "subjectRegExp"));
  ASSIGN_OR_RETURN(auto claims, ReadClaims(reader));
  RETURN_IF_ERROR(reader.Done());
  return Identity{{std::move(subject)}, {std::move(issuer)}, std::move(claims)};
}

absl::StatusOr<std::vector<Identity>> ReadKeyless(ObjectReader& reader) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, reader.Objects("identities", limits::kMaxPolicyList));
  if (items.empty()) return reader.ErrorAt("identities", "at least one identity is needed");
  std::vector<Identity> identities;
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(Identity identity, ReadIdentity(item));
    identities.push_back(std::move(identity));
  }
  RETURN_IF_ERROR(reader.Done());
  return identities;
}

absl::StatusOr<sigstore::ManagedKey> ReadKeyObject(ObjectReader& reader) {
  ASSIGN_OR_RETURN(const std::string pem, reader.String("data"));
  ASSIGN_OR_RETURN(const std::string scheme, reader.StringOr("signatureScheme", ""));
  auto key = ReadKey(pem, scheme, "key");
  if (!key.ok()) return reader.ErrorAt("data", Message(key.status()));
  if (reader.Has("validFor")) {
    ASSIGN_OR_RETURN(ObjectReader period, reader.Object("validFor"));
    ASSIGN_OR_RETURN(const auto start, period.OptionalTime("start"));
    ASSIGN_OR_RETURN(const auto end, period.OptionalTime("end"));
    RETURN_IF_ERROR(period.Done());
    if (!start) return period.ErrorAt("start", "missing");
    key->valid_for = sigstore::ValidityPeriod{*start, end.value_or(absl::InfiniteFuture())};
    if (key->valid_for->end < key->valid_for->start) return period.Error("ends before it starts");
  }
  RETURN_IF_ERROR(reader.Done());
  return key;
}

absl::StatusOr<Authority> ReadAuthority(ObjectReader& reader, size_t index) {
  Authority authority;
  ASSIGN_OR_RETURN(authority.name, reader.StringOr("name", Cat("authority-", index)));
  if (reader.Has("keyless") == reader.Has("key")) {
    return reader.Error("exactly one of keyless and key is needed");
  }
  if (reader.Has("keyless")) {
    ASSIGN_OR_RETURN(ObjectReader keyless, reader.Object("keyless"));
    ASSIGN_OR_RETURN(authority.identities, ReadKeyless(keyless));
  } else {
    ASSIGN_OR_RETURN(ObjectReader key, reader.Object("key"));
    ASSIGN_OR_RETURN(authority.key, ReadKeyObject(key));
  }
  RETURN_IF_ERROR(reader.Done());
  return authority;
}

absl::Status ReadMatch(ObjectReader& spec, Policy& policy) {
  ASSIGN_OR_RETURN(ObjectReader match, spec.Object("match"));
  ASSIGN_OR_RETURN(policy.images, ReadGlobs(match, "images"));
  ASSIGN_OR_RETURN(policy.charts, ReadGlobs(match, "charts"));
  ASSIGN_OR_RETURN(policy.namespaces, ReadGlobs(match, "namespaces"));
  ASSIGN_OR_RETURN(std::optional<ObjectReader> selector, match.OptionalObject("namespaceSelector"));
  if (selector) {
    ASSIGN_OR_RETURN(policy.namespace_selector, LabelSelector::Read(*selector));
  }
  if (policy.images.empty() && policy.charts.empty()) {
    return match.Error("names neither images nor charts, so the policy would cover nothing");
  }
  return match.Done();
}

absl::Status ReadAuthorities(ObjectReader& spec, Requirement& requirement) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, spec.Objects("authorities", limits::kMaxPolicyList));
  if (items.empty()) return spec.ErrorAt("authorities", "at least one authority is needed");
  std::set<std::string> names;
  for (size_t i = 0; i < items.size(); ++i) {
    ASSIGN_OR_RETURN(Authority authority, ReadAuthority(items[i], i));
    if (!names.insert(authority.name).second) {
      return items[i].Error(Cat("a second authority named \"", Printable(authority.name, 64), "\""));
    }
    requirement.authorities.push_back(std::move(authority));
  }
  return absl::OkStatus();
}

absl::Status ReadAttestations(ObjectReader& spec, Requirement& requirement) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> items, spec.Objects("attestations", limits::kMaxPolicyList));
  if (spec.Has("attestations") && items.empty()) {
    return spec.ErrorAt("attestations", "the list is empty and would ask for nothing");
  }
  for (ObjectReader& item : items) {
    ASSIGN_OR_RETURN(std::string type, item.String("type"));
    if (type.find(':') == std::string::npos) {
      return item.ErrorAt(
          "type", Cat("expected the full URI of a predicate type, found \"", Printable(type, 64), "\""));
    }
    RETURN_IF_ERROR(item.Done());
    requirement.attestation_types.push_back(std::move(type));
  }
  return absl::OkStatus();
}

// The layouts that count (spec/sigstore.md §9 row 22); both when nothing is said.
absl::StatusOr<Formats> ReadFormats(ObjectReader& spec) {
  if (!spec.Has("formats")) return Formats{};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, spec.Strings("formats", limits::kMaxPolicyList));
  Formats formats{.bundle = false, .legacy = false};
  for (const std::string& name : names) {
    bool* format = name == "bundle" ? &formats.bundle : name == "legacy" ? &formats.legacy : nullptr;
    if (format == nullptr) {
      return spec.ErrorAt("formats", Cat("expected bundle or legacy, found \"", Printable(name, 64), "\""));
    }
    if (*format) return spec.ErrorAt("formats", Cat(name, " is listed twice"));
    *format = true;
  }
  if (names.empty()) return spec.ErrorAt("formats", "the list is empty and would accept nothing");
  return formats;
}

absl::StatusOr<Policy> ReadSpec(ObjectReader& spec, std::string name) {
  Policy policy;
  policy.name = std::move(name);
  ASSIGN_OR_RETURN(policy.mode, ReadEnum(spec, "mode", Mode::kEnforce, kModes));
  RETURN_IF_ERROR(ReadMatch(spec, policy));
  RETURN_IF_ERROR(ReadAuthorities(spec, policy.requirement));
  RETURN_IF_ERROR(ReadAttestations(spec, policy.requirement));
  ASSIGN_OR_RETURN(const Formats formats, ReadFormats(spec));
  for (Authority& authority : policy.requirement.authorities) authority.formats = formats;
  ASSIGN_OR_RETURN(policy.mutate_digest, spec.BoolOr("mutateDigest", true));
  RETURN_IF_ERROR(ReadChartRules(spec, policy));
  spec.Has("noMatch");  // read by NoMatchOf
  RETURN_IF_ERROR(spec.Done());
  policy.fingerprint = Fingerprint(kDomain, spec.node());
  return policy;
}

absl::StatusOr<ObjectReader> ReadHeader(const Node& document, std::string_view where) {
  ASSIGN_OR_RETURN(ObjectReader reader, ObjectReader::Root(document, where, Reason::kPolicyMalformed));
  for (const auto& [field, wanted] : {std::pair{"apiVersion", kApiVersion}, std::pair{"kind", kKind}}) {
    ASSIGN_OR_RETURN(const std::string found, reader.String(field));
    if (found != wanted) {
      return reader.ErrorAt(field, Cat("expected ", wanted, ", found \"", Printable(found, 64), "\""));
    }
  }
  return reader;
}

absl::StatusOr<std::optional<NoMatch>> NoMatchOf(const Node& document, std::string_view where) {
  ASSIGN_OR_RETURN(ObjectReader reader, ReadHeader(document, where));
  ASSIGN_OR_RETURN(ObjectReader spec, reader.Object("spec"));
  if (!spec.Has("noMatch")) return std::nullopt;
  ASSIGN_OR_RETURN(const NoMatch value, ReadEnum(spec, "noMatch", NoMatch::kDeny, kNoMatches));
  return value;
}

// A person may label and annotate; everything else in metadata is the API server's own.
absl::StatusOr<std::string> ReadName(ObjectReader& reader, Author author) {
  ASSIGN_OR_RETURN(ObjectReader metadata, reader.Object("metadata"));
  ASSIGN_OR_RETURN(std::string name, metadata.String("name"));
  if (name.empty()) return metadata.ErrorAt("name", "is empty");
  if (author == Author::kPerson) {
    metadata.Has("labels");
    metadata.Has("annotations");
    RETURN_IF_ERROR(metadata.Done());
  }
  return name;
}

// What decides, without what others (and who knows what) keep in metadata and status.
std::string SourceOf(const std::string& name, const Node& spec) {
  Node document = Node::MakeMap();
  Node metadata = Node::MakeMap();
  metadata.Set("name", name);
  document.Set("apiVersion", kApiVersion).Set("kind", kKind).Set("metadata", std::move(metadata));
  document.Set("spec", spec);
  return WriteJson(document);
}

// The policies of several documents, and what they have to agree on.
struct Gathering {
  PolicySet set;
  std::map<std::string, std::string> names;  // where each was found
  std::optional<NoMatch> no_match;
};

absl::Status Gather(const Node& document, std::string_view where, Gathering& gathering) {
  ASSIGN_OR_RETURN(Policy policy, ReadPolicy(document, where));
  const std::string here = Cat(where, ":", document.line());
  const auto [other, is_new] = gathering.names.emplace(policy.name, here);
  if (!is_new) {
    return Malformed(
        Reason::kPolicyMalformed, here,
        Cat("a second policy named \"", Printable(policy.name, 64), "\"; the first is at ", other->second));
  }
  ASSIGN_OR_RETURN(const auto wanted, NoMatchOf(document, where));
  if (wanted && gathering.no_match && *wanted != *gathering.no_match) {
    return Malformed(Reason::kPolicyMalformed, here,
                     "spec.noMatch differs from that of an earlier policy, and it speaks for all of them");
  }
  if (wanted) gathering.no_match = wanted;
  gathering.set.policies.push_back(std::move(policy));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Policy> ReadPolicy(const Node& document, std::string_view where, Author author) {
  ASSIGN_OR_RETURN(ObjectReader reader, ReadHeader(document, where));
  ASSIGN_OR_RETURN(const std::string name, ReadName(reader, author));
  ASSIGN_OR_RETURN(ObjectReader spec, reader.Object("spec"));
  if (author == Author::kCluster) {
    reader.Has("status");
    if (spec.Has("noMatch")) {
      return spec.ErrorAt("noMatch",
                          "speaks for all policies together and cannot be set by an object of the cluster; "
                          "set it in a policy file of the webhook");
    }
  }
  RETURN_IF_ERROR(reader.Done());
  ASSIGN_OR_RETURN(Policy policy, ReadSpec(spec, name));
  policy.source = std::make_shared<const std::string>(SourceOf(name, spec.node()));
  return policy;
}

absl::StatusOr<PolicySet> ParsePolicyFile(std::string_view text, std::string_view where) {
  return ParsePolicyFiles({{std::string(where), std::string(text)}});
}

absl::StatusOr<PolicySet> ParsePolicyFiles(const std::vector<PolicyText>& files) {
  Gathering gathering;
  for (const PolicyText& file : files) {
    ASSIGN_OR_RETURN(const std::vector<Node> documents, ParseYamlStream(file.text, file.where));
    if (documents.empty()) return Malformed(Reason::kPolicyMalformed, file.where, "holds no policy");
    for (const Node& document : documents) RETURN_IF_ERROR(Gather(document, file.where, gathering));
  }
  gathering.set.no_match = gathering.no_match.value_or(NoMatch::kDeny);
  return std::move(gathering.set);
}

absl::StatusOr<sigstore::ManagedKey> ReadKey(std::string_view pem, std::string_view scheme,
                                             std::string_view where) {
  auto key = crypto::PublicKey::FromPem(pem);
  if (!key.ok()) return Annotate(key.status(), where);
  sigstore::ManagedKey managed{*std::move(key), std::nullopt, std::nullopt};
  if (scheme.empty()) return managed;
  using crypto::SignatureScheme;
  for (const SignatureScheme candidate :
       {SignatureScheme::kEcdsaSha256, SignatureScheme::kEcdsaSha384, SignatureScheme::kEcdsaSha512,
        SignatureScheme::kRsaPkcs1Sha256, SignatureScheme::kRsaPkcs1Sha384, SignatureScheme::kRsaPkcs1Sha512,
        SignatureScheme::kRsaPssSha256, SignatureScheme::kRsaPssSha384, SignatureScheme::kRsaPssSha512,
        SignatureScheme::kEd25519}) {
    if (crypto::Name(candidate) == scheme) {
      managed.scheme = candidate;
      return managed;
    }
  }
  return Malformed(Reason::kKeyMalformed, where,
                   Cat("unknown signature scheme \"", Printable(scheme, 64), "\""));
}

}  // namespace chartseal::policy
