#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audit/cluster.h"
#include "audit/result.h"
#include "verifier/base/node.h"
#include "verifier/base/verdict.h"
#include "verifier/crypto/digest.h"
#include "verifier/workload/images.h"

// Which images the objects of a cluster name, and which of them run.
namespace chartseal::audit {

// One image that one object names, once whatever number of its containers do.
struct ImageInUse {
  ObjectName object;
  std::string image;  // as written
  std::string path;   // of the first place
  // What runs under this name, by the digest that a Pod of the object was pinned to, else by what its kubelet
  // says; nullopt when neither says so.
  std::optional<crypto::Digest> running;
  std::optional<Rejection> unreadable = std::nullopt;  // instead of image and path: where it names images
};

// Takes objects one after the other and keeps names and references of them only.
//
// What a controller made counts as its owner's where the owner names the same image: a Pod's images are those
// of the Deployment that it stems from. Where the owner names a tag and the Pod was pinned to a digest behind
// it, that digest runs. Images that no owner names (an earlier revision or another digest still runs, a
// sidecar was put in) are told of the object itself. Pods that have ended, and what is owned and scaled to
// nothing, run nothing.
class ImagesInUse {
 public:
  // An object of one of the kinds of workload::ImagePathTable.
  void Add(const Node& object, const Collection& collection);
  // Those of all objects. Ends the collecting.
  std::vector<ImageInUse> Take() &&;

 private:
  struct Seen {
    ObjectName name;
    std::string owner;  // UID of its controller; empty without one
    bool idle = false;
    std::vector<std::pair<workload::ImageUse, std::optional<crypto::Digest>>> uses;  // and what runs there
    std::optional<Rejection> unreadable;
  };
  std::vector<size_t> OwnersOf(size_t index, const std::unordered_map<std::string, size_t>& by_uid) const;

  std::vector<Seen> seen_;
};

// The digest that a status of a Pod says runs for this container, when it is one of the repository that
// `reference` names: "ghcr.io/acme/app@sha256:…", with "docker-pullable://" in front or not. An ID without a
// repository is that of a configuration and says nothing about a registry. Nullopt as well when `reference`
// has a digest of its own.
std::optional<crypto::Digest> RunningDigest(std::string_view image_id, std::string_view reference);

}  // namespace chartseal::audit
