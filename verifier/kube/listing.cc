#include "verifier/kube/listing.h"

#include <utility>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"
#include "verifier/net/url.h"

namespace chartseal::kube {
namespace {

absl::Status NotAList(const ListRequest& request, std::string_view what) {
  return Malformed(Reason::kKubeUnavailable, Cat("GET ", Printable(request.path, 512)), what);
}

// The kind of the items of a "SecretList" is "Secret".
std::string ItemKind(std::string_view list_kind) {
  constexpr std::string_view kSuffix = "List";
  if (list_kind.ends_with(kSuffix)) list_kind.remove_suffix(kSuffix.size());
  return std::string(list_kind);
}

absl::StatusOr<std::vector<Node>> ItemsOf(const ListRequest& request, Node& page) {
  std::vector<Node> objects;
  const std::string api_version(page.StringOr("apiVersion"));
  const std::string kind = ItemKind(page.StringOr("kind"));
  if (api_version.empty() || kind.empty()) return NotAList(request, "expected a list, found no kind");
  for (auto& [name, value] : page.map()) {
    if (name != "items" || value.is_null()) continue;  // Go writes an empty list as null
    if (!value.is_list()) return NotAList(request, "\"items\" is no list");
    for (Node& item : value.list()) {
      if (!item.is_map()) return NotAList(request, "an item is no object");
      if (item.Find("apiVersion") == nullptr) item.Set("apiVersion", api_version);
      if (item.Find("kind") == nullptr) item.Set("kind", kind);
      objects.push_back(std::move(item));
    }
  }
  return objects;
}

absl::StatusOr<Node> GetPage(const ListRequest& request, const std::string& path) {
  const absl::Time deadline = request.clock() + limits::kKubeListTime;
  return request.metadata_only ? request.client.GetMetadataUnless(path, request.stopped, deadline)
                               : request.client.GetUnless(path, request.stopped, deadline);
}

}  // namespace

std::string WithParameter(std::string_view path, std::string_view parameter) {
  return Cat(path, path.find('?') == std::string_view::npos ? "?" : "&", parameter);
}

absl::StatusOr<Listing> ListAll(const ListRequest& request) {
  Listing listing;
  ASSIGN_OR_RETURN(listing.resource_version, ListPages(request, [&](std::vector<Node> objects) {
                     for (Node& object : objects) listing.objects.push_back(std::move(object));
                     return absl::OkStatus();
                   }));
  return listing;
}

absl::StatusOr<std::string> ListPages(const ListRequest& request,
                                      const std::function<absl::Status(std::vector<Node>)>& take) {
  std::string next;
  for (int page_number = 0; page_number < limits::kMaxKubePages; ++page_number) {
    std::string path = WithParameter(request.path, Cat("limit=", request.page_size));
    if (!next.empty()) path = WithParameter(path, "continue=" + net::PercentEncode(next));
    ASSIGN_OR_RETURN(Node page, GetPage(request, path));
    ASSIGN_OR_RETURN(std::vector<Node> objects, ItemsOf(request, page));
    RETURN_IF_ERROR(take(std::move(objects)));
    const Node* metadata = page.Find("metadata");
    if (metadata == nullptr) return NotAList(request, "the list has no metadata");
    std::string version(metadata->StringOr("resourceVersion"));
    next = std::string(metadata->StringOr("continue"));
    if (!next.empty()) continue;
    if (version.empty()) return NotAList(request, "the list has no resourceVersion");
    return version;
  }
  return WithReason(absl::ResourceExhaustedError(Cat("GET ", Printable(request.path, 512), ": more than ",
                                                     limits::kMaxKubePages, " pages")),
                    Reason::kKubeUnavailable);
}

}  // namespace chartseal::kube
