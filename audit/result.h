#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "verifier/crypto/digest.h"
#include "verifier/verification/ruling.h"
#include "verifier/workload/kind.h"

// What an audit of a cluster says (docs/audit.md).
namespace chartseal::audit {

// An object of the cluster.
struct ObjectName {
  workload::GroupVersionKind kind;
  std::string resource;        // in paths of the API: "deployments"
  std::string namespace_name;  // empty for objects of the whole cluster
  std::string name;
  std::string uid;

  // "apps/v1".
  std::string ApiVersion() const;
  // "Deployment shop/web".
  std::string ToString() const;
};

enum class Subject { kImage, kRelease, kChart };
std::string_view Name(Subject subject);  // "image", "release", "chart"

// Of a subject as a whole: a no of any policy, else what could not be told, else yes. Skipped is what no
// policy covers when policies let that pass.
enum class Verdict { kYes, kNo, kCouldNotTell, kSkipped };
std::string_view Name(Verdict verdict);  // "yes", "no", "could-not-tell", "skipped"

// One image, release or chart that one object names, and what policies say of it.
struct Result {
  ObjectName object;
  Subject what = Subject::kImage;
  std::string subject;                   // the image as written; chart and version of a release
  std::string path;                      // "spec.template.spec.containers[web].image"; may be empty
  std::optional<crypto::Digest> digest;  // what was judged
  bool running = false;  // `digest` is what runs (ImageInUse::running), or the index that it is part of
  std::vector<verification::Ruling> rulings;    // never empty
  std::vector<verification::Ruling> remarks{};  // that deny nothing: subcharts that a policy only warns of

  Verdict verdict() const;
  // The ruling that the verdict stems from: of the strongest effect. Requires rulings.
  const verification::Ruling& Decisive() const;
};

// What could not be read: with one of these, "nothing found" is not "nothing there".
struct Gap {
  std::string where;  // "apps/v1 deployments"
  absl::Status status;
};

// Everything an audit found: results sorted by namespace, kind, name, subject.
struct Findings {
  std::vector<Result> results;
  std::vector<Gap> gaps;
  size_t objects = 0;  // that were read

  size_t Count(Verdict verdict) const;
  // Of all together: no, else could not tell (gaps too), else yes.
  Verdict verdict() const;
  void Sort();
};

}  // namespace chartseal::audit
