#include "verifier/oci/http_by_host.h"

#include <map>
#include <utility>

#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::oci {
namespace {

// "h:5000" -> "h"; a colon inside of brackets is none.
std::string_view WithoutPort(std::string_view host) {
  const size_t colon = host.rfind(':');
  const bool has_port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  return has_port ? host.substr(0, colon) : host;
}

class HttpByHost : public net::HttpClient {
 public:
  using Clients = std::map<std::string, std::shared_ptr<net::HttpClient>>;  // by name in RegistryOptions

  HttpByHost(Clients clients, std::shared_ptr<net::HttpClient> otherwise)
      : clients_(std::move(clients)), otherwise_(std::move(otherwise)) {}

  absl::StatusOr<net::HttpResponse> Perform(const net::HttpRequest& request) override {
    return ClientFor(request.url.Authority()).Perform(request);
  }

 private:
  net::HttpClient& ClientFor(const std::string& authority) const {
    if (const auto exact = clients_.find(authority); exact != clients_.end()) return *exact->second;
    for (const auto& [name, client] : clients_) {
      if (NamesHost(name, authority)) return *client;
    }
    return *otherwise_;
  }

  const Clients clients_;
  const std::shared_ptr<net::HttpClient> otherwise_;
};

}  // namespace

bool NamesHost(std::string_view name, std::string_view host) {
  return name == host || name == WithoutPort(host);
}

absl::StatusOr<std::shared_ptr<net::HttpClient>> MakeHttpByHost(const RegistryOptions& options) {
  const auto make = [&](const std::string& ca_file) {
    return net::MakeHttpClient(
        {.ca_file = ca_file, .user_agent = options.user_agent, .clock = options.clock});
  };
  ASSIGN_OR_RETURN(auto otherwise, make(options.ca_file));
  if (options.ca_files.empty()) return otherwise;
  HttpByHost::Clients clients;
  for (const auto& [name, file] : options.ca_files) {
    auto client = make(file);
    if (!client.ok()) return Annotate(client.status(), Cat("the CA file of ", Printable(name)));
    clients.emplace(name, *std::move(client));
  }
  return std::make_shared<HttpByHost>(std::move(clients), std::move(otherwise));
}

}  // namespace chartseal::oci
