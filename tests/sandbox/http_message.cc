#include "tests/sandbox/http_message.h"

#include <strings.h>

#include <algorithm>

namespace chartseal::sandbox {
namespace {

std::optional<std::string> FirstValue(const std::multimap<std::string, std::string>& values,
                                      const std::string& name) {
  auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

bool SameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::optional<std::string> HttpRequest::Header(const std::string& name) const {
  return FirstValue(headers, name);
}

std::optional<std::string> HttpRequest::Parameter(const std::string& name) const {
  return FirstValue(query, name);
}

void HttpResponse::RemoveHeader(std::string_view name) {
  std::erase_if(headers, [name](const auto& header) { return SameName(header.first, name); });
}

void HttpResponse::SetHeader(std::string_view name, std::string value) {
  RemoveHeader(name);
  headers.emplace_back(std::string(name), std::move(value));
}

HttpResponse MakeResponse(int status, std::string content_type, std::string body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

}  // namespace chartseal::sandbox
