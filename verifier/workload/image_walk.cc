#include "verifier/workload/image_walk.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_replace.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::workload {
namespace {

constexpr std::string_view kOciScheme = "oci://";

// Where the walk is, for people and as a JSON pointer.
struct Place {
  std::string path;
  std::string pointer;
};

// Whether a JSON pointer holds the name as it is.
bool IsPlain(std::string_view member) {
  return std::none_of(member.begin(), member.end(), [](char c) { return c == '~' || c == '/'; });
}

// A step down from a place; taken back when it goes out of scope.
class Descent {
 public:
  Descent(Place& place, std::string_view member) : Descent(place) {
    if (!place.path.empty()) place.path += '.';
    place.path += member;
    place.pointer += '/';
    if (IsPlain(member)) {
      place.pointer += member;
    } else {
      place.pointer += absl::StrReplaceAll(ToAbsl(member), {{"~", "~0"}, {"/", "~1"}});
    }
  }
  // By name where the element has one, so that order does not count.
  Descent(Place& place, size_t index, JsonValue element) : Descent(place) {
    const std::string_view name = element.StringOr("name");
    const std::string position = std::to_string(index);
    place.path.append("[").append(name.empty() ? position : name).append("]");
    place.pointer.append("/").append(position);
  }
  ~Descent() {
    place_.path.resize(path_size_);
    place_.pointer.resize(pointer_size_);
  }
  Descent(const Descent&) = delete;
  Descent& operator=(const Descent&) = delete;

 private:
  explicit Descent(Place& place)
      : place_(place), path_size_(place.path.size()), pointer_size_(place.pointer.size()) {}

  Place& place_;
  const size_t path_size_;
  const size_t pointer_size_;
};

Rejection Malformed(std::string_view path, std::string_view expected, std::string found) {
  return {.reason = Reason::kImageFieldMalformed,
          .detail = Cat(Printable(path), " cannot be read"),
          .expected = std::string(expected),
          .found = std::move(found)};
}

// Which members of a path have to be there.
enum class Needed { kNone, kLast, kAll };

// What is at the end of a path.
struct End {
  Node::Kind kind;
  std::string_view called;
  Needed needed = Needed::kNone;
};

// Calls visit(value) for each end of the path; stops at the first rejection.
template <typename Visit>
class Walk {
 public:
  Walk(const ImagePath& path, const End& end, Place& place, Visit visit)
      : steps_(path.steps()), end_(end), place_(place), visit_(std::move(visit)) {}

  Checked<Passed> From(JsonValue value) { return On(0, PathStep::Kind::kEachElement, value); }

 private:
  // `by`: the kind of the step that led to `value`.
  Checked<Passed> On(size_t step, PathStep::Kind by, JsonValue value) {
    const bool ended = step == steps_.size();
    const bool list = !ended && steps_[step].kind == PathStep::Kind::kEachElement;
    if (value.is_null() && by == PathStep::Kind::kMember && !IsNeeded(ended)) return Passed{};
    const Node::Kind expected = ended ? end_.kind : list ? Node::Kind::kList : Node::Kind::kMap;
    if (value.kind() != expected) {
      if (by == PathStep::Kind::kAnyMember) return Passed{};
      return Malformed(place_.path, ended ? end_.called : KindName(expected),
                       value.is_null() ? "nothing" : std::string(KindName(value.kind())));
    }
    if (ended) return visit_(value);
    return Down(steps_[step], step + 1, value);
  }

  Checked<Passed> Down(const PathStep& step, size_t next, JsonValue value) {
    Checked<Passed> result = Passed{};
    if (step.kind == PathStep::Kind::kMember) {
      const Descent descent(place_, step.name);
      return On(next, step.kind, value.Find(step.name));
    }
    value.ForEachElement([&](size_t index, JsonValue element) {
      const Descent descent(place_, index, element);
      result = On(next, step.kind, element);
      return result.ok();
    });
    value.ForEachMember([&](std::string_view name, JsonValue member) {
      const Descent descent(place_, name);
      result = On(next, step.kind, member);
      return result.ok();
    });
    return result;
  }

  bool IsNeeded(bool ended) const {
    return end_.needed == Needed::kAll || (end_.needed == Needed::kLast && ended);
  }

  const std::vector<PathStep>& steps_;
  const End& end_;
  Place& place_;
  Visit visit_;
};

// Where a PodSpec names images. An image volume without a reference mounts nothing; the API allows it in
// templates.
struct PodSpecPaths {
  std::vector<ImagePath> containers;
  std::vector<ImagePath> volumes;
};

const PodSpecPaths& InPodSpec() {
  static const auto* const paths = new PodSpecPaths{
      .containers = {*ImagePath::Parse("initContainers[*].image"), *ImagePath::Parse("containers[*].image"),
                     *ImagePath::Parse("ephemeralContainers[*].image")},
      .volumes = {*ImagePath::Parse("volumes[*].image.reference")}};
  return *paths;
}

bool HasExpression(std::string_view text) {
  return text.find("$(") != std::string_view::npos || text.find("{{") != std::string_view::npos;
}

class ImageCollector {
 public:
  explicit ImageCollector(const ImagePathRule& rule) : rule_(rule) {}

  Checked<std::vector<ImageUse>> Collect(JsonValue object) {
    const End spec = {Node::Kind::kMap, "an object", rule_.required ? Needed::kAll : Needed::kNone};
    RETURN_IF_REJECTED(Each(rule_.pod_specs, spec, object, [this](JsonValue v) { return PodSpec(v); }));
    const End text = {Node::Kind::kString, "a string"};
    RETURN_IF_REJECTED(Each(rule_.images, text, object, [this](JsonValue v) { return Optional(v); }));
    RETURN_IF_REJECTED(Each(rule_.oci_uris, text, object, [this](JsonValue v) { return Uri(v); }));
    return std::move(images_);
  }

 private:
  template <typename Visit>
  Checked<Passed> Each(const std::vector<ImagePath>& paths, const End& end, JsonValue value, Visit visit) {
    for (const ImagePath& path : paths) RETURN_IF_REJECTED(Walk(path, end, place_, visit).From(value));
    return Passed{};
  }

  Checked<Passed> PodSpec(JsonValue spec) {
    const PodSpecPaths& paths = InPodSpec();
    const End image = {Node::Kind::kString, "the name of an image",
                       rule_.core ? Needed::kLast : Needed::kNone};
    RETURN_IF_REJECTED(Each(paths.containers, image, spec, [this](JsonValue v) {
      return rule_.core ? Add(v.string_value(), "") : Optional(v);
    }));
    const End reference = {Node::Kind::kString, "a string"};
    return Each(paths.volumes, reference, spec, [this](JsonValue v) { return Optional(v); });
  }

  Checked<Passed> Uri(JsonValue value) {
    std::string_view text = value.string_value();
    if (!text.starts_with(kOciScheme)) return Passed{};
    text.remove_prefix(kOciScheme.size());
    return IsMeant(text) ? Add(text, kOciScheme) : Passed{};
  }

  Checked<Passed> Optional(JsonValue value) {
    const std::string_view text = value.string_value();
    return IsMeant(text) ? Add(text, "") : Passed{};
  }

  bool IsMeant(std::string_view text) const { return !text.empty() && (rule_.core || !HasExpression(text)); }

  Checked<Passed> Add(std::string_view reference, std::string_view scheme) {
    if (reference.empty() || reference.size() > limits::kMaxReviewImageBytes) {
      return Malformed(place_.path, "the name of an image",
                       reference.empty() ? "an empty text" : Cat("a text of ", reference.size(), " bytes"));
    }
    // Paths of custom resources may overlap.
    if (!rule_.core && !seen_.insert(place_.pointer).second) return Passed{};
    if (images_.size() == limits::kMaxReviewImages) {
      return Rejection{.reason = Reason::kLimitExceeded,
                       .detail = "the object names too many images",
                       .expected = Cat("at most ", limits::kMaxReviewImages),
                       .found = "more"};
    }
    images_.push_back({place_.path, std::string(reference), place_.pointer, scheme});
    return Passed{};
  }

  const ImagePathRule& rule_;
  Place place_;
  std::set<std::string> seen_;  // pointers
  std::vector<ImageUse> images_;
};

}  // namespace

Checked<std::vector<ImageUse>> ImagesBy(const ImagePathRule& rule, JsonValue object) {
  return ImageCollector(rule).Collect(object);
}

std::vector<JsonValue> PodSpecsBy(const ImagePathRule& rule, JsonValue object) {
  std::vector<JsonValue> specs;
  Place place;
  const End end = {Node::Kind::kMap, "an object"};
  const auto keep = [&specs](JsonValue spec) -> Checked<Passed> {
    specs.push_back(spec);
    return Passed{};
  };
  for (const ImagePath& path : rule.pod_specs) {
    if (!Walk(path, end, place, keep).From(object).ok()) continue;  // what was found until then counts
  }
  return specs;
}

}  // namespace chartseal::workload
