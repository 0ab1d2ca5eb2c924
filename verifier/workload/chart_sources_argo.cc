#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "verifier/base/strings.h"
#include "verifier/workload/chart_sources_internal.h"

namespace chartseal::workload::chart_sources_internal {
namespace {

// What else is known of one source of an application.
struct Setting {
  bool template_strings = false;  // of an ApplicationSet: "{{" begins an expression
  bool may_pin = false;           // the fields are where the controller reads them from
  std::string revision;           // of an operation: wins over targetRevision
  std::string target;
};

bool IsExpression(const Setting& setting, std::string_view text) {
  return setting.template_strings && text.find("{{") != std::string_view::npos;
}

constexpr std::string_view kTemplated = "it is written as an expression; the generated Applications tell";

// Helm's own way: `repoURL` has no scheme, and no digest can be given.
Checked<ChartSource> HelmSource(const Layered& source, const std::string& repo, const std::string& chart) {
  const Field field = source.upper.At("repoURL");
  if (IsOci(repo)) {
    return field.Malformed("a repository without oci:// beside chart, or no chart",
                           Cat("\"", Printable(repo, 128), "\""));
  }
  if (repo.find("://") != std::string::npos) return Elsewhere(source.upper, Join(repo, chart));
  ASSIGN_OR_REJECT(ChartSource out, InRepository(source.upper, Cat(kOciScheme, Join(repo, chart))));
  out.version.kind = ChartVersion::Kind::kVersion;
  return out;
}

// An artifact by its whole name, by tag, range or digest.
Checked<ChartSource> OciSource(const Layered& source, const std::string& repo, const std::string& revision) {
  ASSIGN_OR_REJECT(ChartSource out, InRepository(source.upper, repo));
  out.version.kind = ChartVersion::Kind::kVersion;
  if (!revision.starts_with("sha256:") && !revision.starts_with("sha512:")) return out;
  const auto digest = crypto::Digest::Parse(revision);
  if (!digest.ok()) {
    return source.upper.At("targetRevision")
        .Malformed("sha256: and 64 hex digits", Cat("\"", Printable(revision, 80), "\""));
  }
  out.version.kind = ChartVersion::Kind::kDigest;
  out.version.digest = *digest;
  return out;
}

void SetPin(const Layered& source, const std::string& repo, const std::string& revision, ChartSource& out) {
  const Field field = source.upper.At("targetRevision");
  out.pin =
      PinField{.form = PinField::Form::kDigest, .pointer = field.pointer(), .text = revision, .beside = {}};
  out.pin->beside.emplace_back(source.upper.At("repoURL").pointer(), repo);
}

// Files from Git are a chart when they are told how helm is to render them; nothing else says so.
Checked<Passed> GitSource(const Layered& source, const std::string& repo, const Setting& setting,
                          Found& found) {
  ASSIGN_OR_REJECT(const Field upper, source.upper.Object("helm"));
  ASSIGN_OR_REJECT(const Field lower, source.lower.Object("helm"));
  ASSIGN_OR_REJECT(const std::string path, source.Text("path"));
  if ((upper.is_null() && lower.is_null()) || path.empty()) return Passed{};
  ChartSource out = Untold(source.upper, repo, "it is a chart in a Git repository");
  out.target = setting.target;
  return found.Add(std::move(out));
}

Checked<Passed> ReadSource(const Layered& source, const Setting& setting, Found& found) {
  ASSIGN_OR_REJECT(const std::string repo, source.Text("repoURL"));
  ASSIGN_OR_REJECT(const std::string chart, source.Text("chart"));
  ASSIGN_OR_REJECT(std::string revision, source.Text("targetRevision"));
  if (!setting.revision.empty()) revision = setting.revision;
  if (IsExpression(setting, repo) || IsExpression(setting, chart)) {
    ChartSource out = Untold(source.upper, Cat(repo, chart.empty() ? "" : "/", chart), kTemplated);
    out.target = setting.target;
    return found.Add(std::move(out));
  }
  if (chart.empty() && !IsOci(repo)) return GitSource(source, repo, setting, found);
  Checked<ChartSource> read =
      chart.empty() ? OciSource(source, repo, revision) : HelmSource(source, repo, chart);
  if (!read.ok()) return read.rejection();
  ChartSource out = std::move(read).value();
  out.target = setting.target;
  if (out.origin != ChartSource::Origin::kRegistry) return found.Add(std::move(out));
  out.version.rules = chart.empty() ? VersionRules::kArgoOci : VersionRules::kArgoHelm;
  if (IsExpression(setting, revision)) {
    out.version = {
        .kind = ChartVersion::Kind::kUntold, .text = revision, .digest = {}, .rules = {}, .filter = {}};
    out.why = std::string(kTemplated);
  } else if (out.version.kind == ChartVersion::Kind::kVersion) {
    out.version.text = revision;
    if (setting.may_pin && chart.empty()) SetPin(source, repo, revision, out);
  }
  return found.Add(std::move(out));
}

// In its own cluster Argo CD is told so by one of these.
Checked<std::string> TargetOf(const Field& spec, const Setting& setting) {
  ASSIGN_OR_REJECT(const Field destination, spec.Object("destination"));
  ASSIGN_OR_REJECT(const std::string server, destination.Text("server"));
  ASSIGN_OR_REJECT(const std::string name, destination.Text("name"));
  const bool here =
      name.empty() ? server.empty() || server == "https://kubernetes.default.svc" : name == "in-cluster";
  if (here) return std::string();
  const std::string& said = name.empty() ? server : name;
  return IsExpression(setting, said) ? std::string("a cluster of the generator")
                                     : Cat("the cluster ", Printable(said, 128));
}

// The spec of an application, or of the template of one; `base` speaks where that is silent.
Checked<Passed> ReadSpec(const Field& spec, const Field& base, Setting setting, Found& found) {
  ASSIGN_OR_REJECT(setting.target, TargetOf(spec.At("destination").is_null() ? base : spec, setting));
  ASSIGN_OR_REJECT(const Field source, spec.Object("source"));
  ASSIGN_OR_REJECT(const Field base_source, base.Object("source"));
  if (!source.is_null()) RETURN_IF_REJECTED(ReadSource({source, base_source}, setting, found));
  ASSIGN_OR_REJECT(const std::vector<Field> sources, spec.Objects("sources"));
  for (const Field& one : sources) RETURN_IF_REJECTED(ReadSource({one}, setting, found));
  ASSIGN_OR_REJECT(const Field hydrator, spec.Object("sourceHydrator"));
  ASSIGN_OR_REJECT(const Field dry, hydrator.Object("drySource"));
  if (dry.is_null()) return Passed{};
  ASSIGN_OR_REJECT(const Field base_hydrator, base.Object("sourceHydrator"));
  ASSIGN_OR_REJECT(const Field base_dry, base_hydrator.Object("drySource"));
  return ReadSource({dry, base_dry}, setting, found);
}

// A sync may be of other sources and revisions than the spec's: that is what a rollback is. `holder` has the
// operation.
Checked<Passed> ReadOperation(const Field& holder, const Field& spec, Found& found) {
  ASSIGN_OR_REJECT(const Field operation, holder.Object("operation"));
  ASSIGN_OR_REJECT(const Field sync, operation.Object("sync"));
  if (sync.is_null()) return Passed{};
  Setting setting;
  ASSIGN_OR_REJECT(setting.target, TargetOf(spec, setting));
  ASSIGN_OR_REJECT(setting.revision, sync.Text("revision"));
  ASSIGN_OR_REJECT(const Field own, sync.Object("source"));
  ASSIGN_OR_REJECT(const Field spec_source, spec.Object("source"));
  if (!own.is_null()) {
    RETURN_IF_REJECTED(ReadSource({own}, setting, found));
  } else if (!setting.revision.empty() && !spec_source.is_null()) {
    RETURN_IF_REJECTED(ReadSource({spec_source}, setting, found));
  }
  ASSIGN_OR_REJECT(const std::vector<std::string> revisions, sync.Texts("revisions"));
  ASSIGN_OR_REJECT(const std::vector<Field> own_sources, sync.Objects("sources"));
  ASSIGN_OR_REJECT(const std::vector<Field> spec_sources, spec.Objects("sources"));
  const std::vector<Field>& sources = own_sources.empty() ? spec_sources : own_sources;
  for (size_t i = 0; i < sources.size(); ++i) {
    setting.revision = i < revisions.size() ? revisions[i] : "";
    if (own_sources.empty() && setting.revision.empty()) continue;  // as in the spec
    RETURN_IF_REJECTED(ReadSource({sources[i]}, setting, found));
  }
  return Passed{};
}

bool IsOver(std::string_view phase) { return phase == "Succeeded" || phase == "Failed" || phase == "Error"; }

// What began is taken up again as the status has it, whatever `operation` says by then.
Checked<Passed> ReadBegunOperation(const Field& object, const Field& spec, Found& found) {
  ASSIGN_OR_REJECT(const Field status, object.Object("status"));
  ASSIGN_OR_REJECT(const Field state, status.Object("operationState"));
  ASSIGN_OR_REJECT(const std::string phase, state.Text("phase"));
  if (IsOver(phase)) return Passed{};
  Found begun;
  RETURN_IF_REJECTED(ReadOperation(state, spec, begun));
  const Field sync = state.At("operation").At("sync");
  for (ChartSource& source : begun.Take()) {
    if (found.Names(source)) continue;
    // A source of the spec, with a revision that stands here.
    if (!source.path.starts_with(sync.path())) {
      source.path = sync.path();
      source.pointer = sync.pointer();
    }
    RETURN_IF_REJECTED(found.Add(std::move(source)));
  }
  return Passed{};
}

// Generators may hold a template of their own, and others may hold generators.
Checked<Passed> ReadGenerators(const Field& holder, const Field& base, Found& found) {
  const Setting setting{.template_strings = true, .may_pin = false, .revision = {}, .target = {}};
  ASSIGN_OR_REJECT(const std::vector<Field> generators, holder.Objects("generators"));
  for (const Field& generator : generators) {
    for (const Field& kind : generator.MemberObjects()) {
      ASSIGN_OR_REJECT(const Field own, kind.Object("template"));
      ASSIGN_OR_REJECT(const Field spec, own.Object("spec"));
      RETURN_IF_REJECTED(ReadSpec(spec, base, setting, found));
      RETURN_IF_REJECTED(ReadGenerators(kind, base, found));
    }
  }
  return Passed{};
}

Checked<Passed> ReadApplicationSet(const Field& object, Found& found) {
  ASSIGN_OR_REJECT(const Field set, object.Object("spec"));
  ASSIGN_OR_REJECT(const Field own, set.Object("template"));
  ASSIGN_OR_REJECT(const Field spec, own.Object("spec"));
  const Setting setting{.template_strings = true, .may_pin = true, .revision = {}, .target = {}};
  RETURN_IF_REJECTED(ReadSpec(spec, Field(JsonValue()), setting, found));
  ASSIGN_OR_REJECT(const std::string_view patch, set.LongText("templatePatch"));
  if (!patch.empty()) {
    RETURN_IF_REJECTED(found.Add(Untold(set.At("templatePatch"), "", kTemplated)));
  }
  return ReadGenerators(set, spec, found);
}

}  // namespace

Checked<Passed> ReadArgo(std::string_view kind, const Field& object, Found& found) {
  if (kind == "ApplicationSet") return ReadApplicationSet(object, found);
  ASSIGN_OR_REJECT(const Field spec, object.Object("spec"));
  RETURN_IF_REJECTED(ReadSpec(spec, Field(JsonValue()),
                              {.template_strings = false, .may_pin = true, .revision = {}, .target = {}},
                              found));
  RETURN_IF_REJECTED(ReadOperation(object, spec, found));
  return ReadBegunOperation(object, spec, found);
}

}  // namespace chartseal::workload::chart_sources_internal
