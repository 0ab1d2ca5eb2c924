#include "publisher/signing/signing_config.h"

#include <algorithm>
#include <optional>
#include <span>

#include "publisher/signing/public_good_signing_config.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/net/url.h"

namespace chartseal::publisher {
namespace {

constexpr std::string_view kMediaType = "application/vnd.dev.sigstore.signingconfig.v0.2+json";

struct Service {
  std::string url;
  int64_t version = 0;
  absl::Time start;
  absl::Time end = absl::InfiniteFuture();
  std::string operator_name;

  // Both ends count as inside, as everywhere in Sigstore (spec/sigstore.md §3.1).
  bool ValidAt(absl::Time time) const { return start <= time && time <= end; }
};

enum class Selector { kUndefined, kAll, kAny, kExact };

struct Selection {
  Selector selector = Selector::kUndefined;
  int64_t count = 0;
};

// kBase: the client appends the path of its request.
enum class UrlKind { kBase, kFull };

absl::Status CheckUrl(const ObjectReader& reader, const std::string& text, UrlKind kind) {
  const auto url = net::Url::Parse(text);
  if (!url.ok()) return reader.ErrorAt("url", Message(url.status()));
  if (kind == UrlKind::kBase && !url->query().empty())
    return reader.ErrorAt("url", "a base URL has no query");
  return absl::OkStatus();
}

absl::Status ReadValidity(ObjectReader& reader, Service& service) {
  ASSIGN_OR_RETURN(ObjectReader validity, reader.Object("validFor"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> start, validity.OptionalTime("start"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> end, validity.OptionalTime("end"));
  if (!start.has_value()) return validity.ErrorAt("start", "missing");
  service.start = *start;
  if (end.has_value()) service.end = *end;
  if (service.end < service.start) return validity.ErrorAt("end", "before the start");
  return validity.Done();
}

absl::StatusOr<Service> ReadService(ObjectReader& reader, UrlKind kind) {
  Service service;
  ASSIGN_OR_RETURN(service.url, reader.String("url"));
  RETURN_IF_ERROR(CheckUrl(reader, service.url, kind));
  ASSIGN_OR_RETURN(service.version, reader.Int64Or("majorApiVersion", 0));
  if (service.version < 1) return reader.ErrorAt("majorApiVersion", "expected 1 or more");
  RETURN_IF_ERROR(ReadValidity(reader, service));
  ASSIGN_OR_RETURN(service.operator_name, reader.StringOr("operator", ""));
  RETURN_IF_ERROR(reader.Done());
  return service;
}

absl::StatusOr<std::vector<Service>> ReadServices(ObjectReader& root, std::string_view name, UrlKind kind) {
  ASSIGN_OR_RETURN(std::vector<ObjectReader> readers, root.Objects(name, limits::kMaxSigningServices));
  std::vector<Service> services;
  for (ObjectReader& reader : readers) {
    ASSIGN_OR_RETURN(Service service, ReadService(reader, kind));
    services.push_back(std::move(service));
  }
  return services;
}

// The enum ServiceSelector of sigstore_trustroot.proto, by name or by number.
absl::StatusOr<Selector> ReadSelector(ObjectReader& reader) {
  constexpr std::string_view kNames[] = {"SERVICE_SELECTOR_UNDEFINED", "ALL", "ANY", "EXACT"};
  const Node* node = reader.Raw("selector");
  if (node == nullptr || node->is_null()) return Selector::kUndefined;
  for (int number = 0; number < static_cast<int>(std::size(kNames)); ++number) {
    const bool named = node->is_string() && node->string_value() == kNames[number];
    const bool numbered = node->kind() == Node::Kind::kInteger && node->integer_value() == number;
    if (named || numbered) return static_cast<Selector>(number);
  }
  return reader.ErrorAt("selector", "expected ALL, ANY or EXACT");
}

absl::StatusOr<Selection> ReadSelection(ObjectReader& root, std::string_view name) {
  Selection selection;
  ASSIGN_OR_RETURN(std::optional<ObjectReader> reader, root.OptionalObject(name));
  if (!reader.has_value()) return selection;
  ASSIGN_OR_RETURN(selection.selector, ReadSelector(*reader));
  ASSIGN_OR_RETURN(selection.count, reader->Int64Or("count", 0));
  RETURN_IF_ERROR(reader->Done());
  if (selection.count < 0) return reader->ErrorAt("count", "negative");
  if (selection.selector == Selector::kExact && selection.count == 0) {
    return reader->ErrorAt("count", "EXACT wants a count of at least 1");
  }
  return selection;
}

absl::Status Unselectable(std::string_view where, std::string_view what) {
  return WithReason(absl::FailedPreconditionError(Cat(where, ": ", what)), Reason::kSigningConfigMalformed);
}

// Those of the highest supported version that are valid at `now`, newest first; of one start, in the order of
// the file.
std::vector<Service> Candidates(const std::vector<Service>& services, std::span<const int64_t> supported,
                                absl::Time now) {
  const auto usable = [&](const Service& service) {
    return service.ValidAt(now) &&
           std::find(supported.begin(), supported.end(), service.version) != supported.end();
  };
  int64_t highest = 0;
  for (const Service& service : services) {
    if (usable(service)) highest = std::max(highest, service.version);
  }
  std::vector<Service> candidates;
  std::copy_if(services.begin(), services.end(), std::back_inserter(candidates),
               [&](const Service& service) { return service.version == highest && usable(service); });
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Service& a, const Service& b) { return a.start > b.start; });
  return candidates;
}

// One of each operator first, which is what counts for a selector; the rest behind them.
size_t PutOperatorsFirst(std::vector<Service>& candidates) {
  std::vector<std::string> seen;
  const auto is_first = [&](const Service& service) {
    if (std::find(seen.begin(), seen.end(), service.operator_name) != seen.end()) return false;
    seen.push_back(service.operator_name);
    return true;
  };
  std::vector<Service> firsts, rest;
  for (Service& service : candidates) (is_first(service) ? firsts : rest).push_back(std::move(service));
  const size_t count = firsts.size();
  candidates = std::move(firsts);
  std::move(rest.begin(), rest.end(), std::back_inserter(candidates));
  return count;
}

struct Selected {
  std::vector<Service> chosen;
  std::vector<Service> others;
};

absl::StatusOr<Selected> Apply(std::string_view where, std::string_view name, const Selection& selection,
                               const std::vector<Service>& services, std::span<const int64_t> supported,
                               absl::Time now) {
  if (services.empty() && selection.selector != Selector::kExact) return Selected{};
  std::vector<Service> candidates = Candidates(services, supported, now);
  size_t count = PutOperatorsFirst(candidates);
  const std::string found = Cat(count, " of its ", services.size(), " ", name,
                                " can be used (valid now, a version that is known, one of each operator)");
  if (selection.selector == Selector::kUndefined) {
    return Unselectable(where, Cat(name, " are given without a selector; expected ALL, ANY or EXACT"));
  }
  if (count == 0) return Unselectable(where, found);
  if (selection.selector == Selector::kAny) count = 1;
  if (selection.selector == Selector::kExact) {
    const auto wanted = static_cast<size_t>(selection.count);
    if (wanted > count) return Unselectable(where, Cat("EXACT ", wanted, " are wanted and ", found));
    count = wanted;
  }
  const auto middle = candidates.begin() + static_cast<std::ptrdiff_t>(count);
  return Selected{{candidates.begin(), middle}, {middle, candidates.end()}};
}

// The newest; "" when there is none.
std::string SelectOne(const std::vector<Service>& services, std::span<const int64_t> supported,
                      absl::Time now) {
  const std::vector<Service> candidates = Candidates(services, supported, now);
  return candidates.empty() ? "" : candidates.front().url;
}

std::vector<RekorService> RekorServices(const std::vector<Service>& services) {
  std::vector<RekorService> out;
  for (const Service& service : services) out.push_back({service.url, static_cast<int>(service.version)});
  return out;
}

}  // namespace

struct SigningConfig::Data {
  std::string where;
  std::vector<Service> fulcio, oidc, rekor, timestamp;
  Selection rekor_selection, timestamp_selection;
};

SigningConfig::SigningConfig(std::unique_ptr<Data> data) : data_(std::move(data)) {}
SigningConfig::~SigningConfig() = default;
SigningConfig::SigningConfig(SigningConfig&&) noexcept = default;

absl::StatusOr<SigningConfig> SigningConfig::ParseJson(std::string_view json, std::string_view where) {
  const JsonLimits json_limits = {.max_bytes = limits::kMaxSigningConfigBytes, .max_nodes = 10'000};
  ASSIGN_OR_RETURN(const Node node, chartseal::ParseJson(json, where, json_limits));
  ASSIGN_OR_RETURN(ObjectReader root, ObjectReader::Root(node, where, Reason::kSigningConfigMalformed));
  root.ProtoJson();
  ASSIGN_OR_RETURN(const std::string media_type, root.String("mediaType"));
  if (media_type != kMediaType) {
    return root.ErrorAt("mediaType", Cat("expected ", kMediaType, ", found ", Printable(media_type)));
  }
  auto data = std::make_unique<Data>();
  data->where = std::string(where);
  ASSIGN_OR_RETURN(data->fulcio, ReadServices(root, "caUrls", UrlKind::kBase));
  ASSIGN_OR_RETURN(data->oidc, ReadServices(root, "oidcUrls", UrlKind::kFull));
  ASSIGN_OR_RETURN(data->rekor, ReadServices(root, "rekorTlogUrls", UrlKind::kBase));
  ASSIGN_OR_RETURN(data->timestamp, ReadServices(root, "tsaUrls", UrlKind::kFull));
  ASSIGN_OR_RETURN(data->rekor_selection, ReadSelection(root, "rekorTlogConfig"));
  ASSIGN_OR_RETURN(data->timestamp_selection, ReadSelection(root, "tsaConfig"));
  RETURN_IF_ERROR(root.Done());
  return SigningConfig(std::move(data));
}

const SigningConfig& SigningConfig::PublicGood() {
  // value() ends the process when the embedded text is no signing config; the tests parse it.
  static const SigningConfig* const config = new SigningConfig(
      ParseJson(PublicGoodSigningConfigJson(), "embedded public-good signing config").value());
  return *config;
}

absl::StatusOr<SigningServices> SigningConfig::Select(absl::Time now) const {
  constexpr int64_t kVersion1[] = {1};
  constexpr int64_t kRekorVersions[] = {1, 2};
  ASSIGN_OR_RETURN(const Selected rekor, Apply(data_->where, "Rekor services", data_->rekor_selection,
                                               data_->rekor, kRekorVersions, now));
  ASSIGN_OR_RETURN(const Selected timestamp,
                   Apply(data_->where, "timestamp authorities", data_->timestamp_selection, data_->timestamp,
                         kVersion1, now));
  SigningServices services;
  services.fulcio_url = SelectOne(data_->fulcio, kVersion1, now);
  services.oidc_url = SelectOne(data_->oidc, kVersion1, now);
  services.rekor = RekorServices(rekor.chosen);
  services.other_rekor = RekorServices(rekor.others);
  for (const Service& service : timestamp.chosen) services.timestamp_urls.push_back(service.url);
  return services;
}

}  // namespace chartseal::publisher
