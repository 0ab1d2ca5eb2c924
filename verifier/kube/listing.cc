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

absl::Status TakeItems(const ListRequest& request, Node& page, Listing& listing) {
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
      listing.objects.push_back(std::move(item));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string WithParameter(std::string_view path, std::string_view parameter) {
  return Cat(path, path.find('?') == std::string_view::npos ? "?" : "&", parameter);
}

absl::StatusOr<Listing> ListAll(const ListRequest& request) {
  Listing listing;
  std::string next;
  for (int page_number = 0; page_number < limits::kMaxKubePages; ++page_number) {
    std::string path = WithParameter(request.path, Cat("limit=", request.page_size));
    if (!next.empty()) path = WithParameter(path, "continue=" + net::PercentEncode(next));
    ASSIGN_OR_RETURN(
        Node page, request.client.GetUnless(path, request.stopped, request.clock() + limits::kKubeListTime));
    RETURN_IF_ERROR(TakeItems(request, page, listing));
    const Node* metadata = page.Find("metadata");
    if (metadata == nullptr) return NotAList(request, "the list has no metadata");
    listing.resource_version = std::string(metadata->StringOr("resourceVersion"));
    next = std::string(metadata->StringOr("continue"));
    if (!next.empty()) continue;
    if (listing.resource_version.empty()) return NotAList(request, "the list has no resourceVersion");
    return listing;
  }
  return WithReason(absl::ResourceExhaustedError(Cat("GET ", Printable(request.path, 512), ": more than ",
                                                     limits::kMaxKubePages, " pages")),
                    Reason::kKubeUnavailable);
}

}  // namespace chartseal::kube
