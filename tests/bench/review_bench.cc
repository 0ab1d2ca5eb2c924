// What reading a review costs: in place as the request path does it, beside a tree of nodes, which is what
// every other document of this program is read into. A ratio of two times of one run.

#include <chrono>
#include <cstdio>
#include <string>

#include "verifier/base/json_document.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

// An AdmissionReview of the size and shape of real ones: containers with environments, and managedFields.
std::string Review() {
  std::string containers, managed;
  for (int c = 0; c < 3; ++c) {
    containers +=
        Cat(c == 0 ? "" : ",", R"({"name":"c)", c, R"(","image":"registry.test/acme/app:1","env":[)");
    for (int e = 0; e < 8; ++e) {
      containers +=
          Cat(e == 0 ? "" : ",", R"({"name":"SETTING_)", e, R"(","value":"value of setting )", e, R"("})");
    }
    containers += "]}";
  }
  for (int f = 0; f < 300; ++f) {
    managed += Cat(f == 0 ? "" : ",", R"("f:field)", f, R"(":{".":{},"f:nested":{}})");
  }
  return Cat(
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","object":{"metadata":)",
      R"({"managedFields":[{"fieldsV1":{)", managed, R"(}}]},"spec":{"template":{"spec":{"containers":[)",
      containers, "]}}}}}}");
}

template <typename Read>
double SecondsOf(Read read) {
  constexpr int kRounds = 2000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kRounds; ++i) {
    if (!read()) return -1;
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / kRounds;
}

int Main() {
  const std::string text = Review();
  const auto in_place = [&] { return JsonDocument::Parse(text, "review").ok(); };
  const auto as_tree = [&] { return ParseJson(text, "review").ok(); };
  SecondsOf(in_place);  // buffers are there afterwards
  const double tree = SecondsOf(as_tree);
  const double place = SecondsOf(in_place);
  if (tree < 0 || place < 0) {
    std::fprintf(stderr, "review_bench: the review was refused\n");
    return 1;
  }
  std::printf("reading a review of %zu bytes, strictly: as a tree of nodes %.1f times as long as in place\n",
              text.size(), tree / place);
  return 0;
}

}  // namespace
}  // namespace chartseal

int main() { return chartseal::Main(); }
