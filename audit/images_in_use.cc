#include "audit/images_in_use.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "verifier/base/json_document.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"
#include "verifier/oci/reference.h"

namespace chartseal::audit {
namespace {

using workload::ImageUse;

// Deployment, ReplicaSet, Pod are three; a loop of owners, which nobody should have, ends here.
constexpr size_t kOwners = 16;

std::string_view TextAt(const Node& object, std::initializer_list<std::string_view> path) {
  const Node* found = object.FindPath(path);
  return found != nullptr && found->is_string() ? std::string_view(found->string_value()) : "";
}

std::string ControllerOf(const Node& object) {
  const Node* owners = object.FindPath({"metadata", "ownerReferences"});
  if (owners == nullptr || !owners->is_list()) return "";
  for (const Node& owner : owners->list()) {
    const Node* controller = owner.Find("controller");
    if (controller != nullptr && controller->kind() == Node::Kind::kBool && controller->bool_value()) {
      return std::string(owner.StringOr("uid"));
    }
  }
  return "";
}

bool IsScaledToNothing(const Node& object) {
  const Node* replicas = object.FindPath({"spec", "replicas"});
  return replicas != nullptr && replicas->kind() == Node::Kind::kInteger && replicas->integer_value() == 0;
}

bool HasEnded(const Node& pod) {
  const std::string_view phase = TextAt(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

// What kubelet says of each container, by the path of its image in the Pod.
std::map<std::string, std::string> ImageIds(const Node& pod) {
  constexpr std::pair<std::string_view, std::string_view> kLists[] = {
      {"initContainerStatuses", "initContainers"},
      {"containerStatuses", "containers"},
      {"ephemeralContainerStatuses", "ephemeralContainers"}};
  std::map<std::string, std::string> ids;
  for (const auto& [statuses, containers] : kLists) {
    const Node* list = pod.FindPath({"status", statuses});
    if (list == nullptr || !list->is_list()) continue;
    for (const Node& status : list->list()) {
      ids.emplace(Cat("spec.", containers, "[", status.StringOr("name"), "].image"),
                  status.StringOr("imageID"));
    }
  }
  return ids;
}

Rejection Unreadable(const absl::Status& status) {
  return {.reason = Reason::kImageFieldMalformed, .detail = Message(status), .expected = "", .found = ""};
}

// What the owner of `owned` has to do with it, by the reference that the owner has written.
struct Naming {
  bool is_named = false;                 // the owner stands for it
  std::optional<crypto::Digest> pinned;  // that `owned` has and the owner lacks: this digest runs
};
Naming NamedBy(const std::string& owner, const std::string& owned) {
  if (owner == owned) return {.is_named = true};
  const auto named = oci::Reference::Parse(owner);
  const auto runs = oci::Reference::Parse(owned);
  if (!named.ok() || !runs.ok() || named->Name() != runs->Name()) return {};
  if (!named->digest()) return {named->tag() == runs->tag(), runs->digest()};
  // A tag alone runs what it points to, whatever digest the owner has by now.
  return {.is_named = named->digest() == runs->digest()};
}

// The images of one object, each once.
struct Images {
  std::vector<ImageInUse> in_use;                 // without `running`
  std::vector<std::set<crypto::Digest>> running;  // of each

  // Whether the object names it; notes what runs under the name.
  bool Note(const std::string& image, const std::optional<crypto::Digest>& digest) {
    for (size_t i = 0; i < in_use.size(); ++i) {
      const Naming naming = NamedBy(in_use[i].image, image);
      if (!naming.is_named) continue;
      if (const auto& runs = naming.pinned ? naming.pinned : digest) running[i].insert(*runs);
      return true;
    }
    return false;
  }
  void Add(const ObjectName& object, const ImageUse& use, const std::optional<crypto::Digest>& digest) {
    if (Note(use.reference, digest)) return;
    in_use.push_back({object, use.reference, use.path, std::nullopt});
    running.emplace_back();
    Note(use.reference, digest);
  }
  void MoveTo(std::vector<ImageInUse>& out) {
    for (size_t i = 0; i < in_use.size(); ++i) {
      if (running[i].empty()) out.push_back(in_use[i]);
      for (const crypto::Digest& digest : running[i]) {
        out.push_back(in_use[i]);
        out.back().running = digest;
      }
    }
  }
};

}  // namespace

std::optional<crypto::Digest> RunningDigest(std::string_view image_id, std::string_view reference) {
  constexpr std::string_view kDocker = "docker-pullable://";
  if (image_id.starts_with(kDocker)) image_id.remove_prefix(kDocker.size());
  if (image_id.find('@') == std::string_view::npos) return std::nullopt;
  const auto running = oci::Reference::Parse(image_id);
  const auto wanted = oci::Reference::Parse(reference);
  if (!running.ok() || !wanted.ok() || running->Name() != wanted->Name()) return std::nullopt;
  if (wanted->digest()) return std::nullopt;  // nothing else can run, whatever part of an index it is
  return running->digest();
}

void ImagesInUse::Add(const Node& object, const Collection& collection) {
  const bool is_pod = collection.kind.group.empty() && collection.kind.kind == "Pod";
  if (is_pod && HasEnded(object)) return;
  Seen seen{.name = NameOf(object, collection), .owner = ControllerOf(object)};
  seen.idle = !seen.owner.empty() && IsScaledToNothing(object);
  const auto document = JsonDocument::Parse(WriteJson(object), seen.name.ToString());
  const auto uses = document.ok() ? workload::ExtractImages(collection.kind, (*document)->root())
                                  : Checked<std::vector<ImageUse>>(Unreadable(document.status()));
  if (!uses.ok()) seen.unreadable = uses.rejection();
  const auto ids = is_pod ? ImageIds(object) : std::map<std::string, std::string>();
  for (size_t i = 0; uses.ok() && i < uses->size(); ++i) {
    const auto id = ids.find((*uses)[i].path);
    seen.uses.emplace_back((*uses)[i],
                           id == ids.end() ? std::nullopt : RunningDigest(id->second, (*uses)[i].reference));
  }
  seen_.push_back(std::move(seen));
}

// The controllers above an object that were seen, the topmost first.
std::vector<size_t> ImagesInUse::OwnersOf(size_t index,
                                          const std::unordered_map<std::string, size_t>& by_uid) const {
  std::vector<size_t> owners;
  const std::string* owner = &seen_[index].owner;
  while (!owner->empty() && owners.size() < kOwners) {
    const auto found = by_uid.find(*owner);
    if (found == by_uid.end()) break;
    owners.insert(owners.begin(), found->second);
    owner = &seen_[found->second].owner;
  }
  return owners;
}

std::vector<ImageInUse> ImagesInUse::Take() && {
  std::unordered_map<std::string, size_t> by_uid;
  for (size_t i = 0; i < seen_.size(); ++i) by_uid.emplace(seen_[i].name.uid, i);
  std::vector<std::pair<size_t, std::vector<size_t>>> order;  // each object with its owners
  for (size_t i = 0; i < seen_.size(); ++i) order.emplace_back(i, OwnersOf(i, by_uid));
  // Owners go first, so that what they own finds their images.
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  std::vector<Images> images(seen_.size());
  std::vector<ImageInUse> all;
  for (const auto& [i, owners] : order) {
    Seen& seen = seen_[i];
    if (seen.unreadable) all.push_back({seen.name, "", "", std::nullopt, std::move(seen.unreadable)});
    for (const auto& used : seen.uses) {
      const bool told = std::any_of(owners.begin(), owners.end(), [&](size_t owner) {
        return images[owner].Note(used.first.reference, used.second);
      });
      if (!told && !seen.idle) images[i].Add(seen.name, used.first, used.second);
    }
  }
  for (Images& of_object : images) of_object.MoveTo(all);
  seen_.clear();
  return all;
}

}  // namespace chartseal::audit
