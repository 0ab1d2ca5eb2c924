// kubeconfig, as `kubectl config view --raw` prints it: lists of clusters, users and contexts by name, and
// the name of the context in use. Only what that context names is judged: a file may hold other users of
// kinds that are not supported.

#include "verifier/base/file.h"
#include "verifier/base/limits.h"
#include "verifier/base/object_reader.h"
#include "verifier/base/status.h"
#include "verifier/base/strict_yaml.h"
#include "verifier/base/strings.h"
#include "verifier/kube/config.h"

namespace chartseal::kube {
namespace {

std::string DirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

class Reader {
 public:
  explicit Reader(std::string directory) : directory_(std::move(directory)) {}

  absl::StatusOr<Config> Read(ObjectReader& root, std::string_view wanted) const;

 private:
  absl::StatusOr<ObjectReader> Named(ObjectReader& root, std::string_view list, std::string_view name,
                                     std::string_view member) const;
  absl::StatusOr<Config> ReadCluster(ObjectReader& cluster) const;
  absl::Status ReadUser(ObjectReader& user, Config& config) const;
  absl::Status ReadToken(ObjectReader& user, Config& config) const;
  absl::StatusOr<std::string> PemOf(ObjectReader& object, const std::string& name) const;
  std::string Resolve(const std::string& path) const {
    return path.starts_with('/') ? path : directory_ + path;
  }

  std::string directory_;
};

absl::Status Refuse(ObjectReader& object, std::initializer_list<const char*> names,
                    std::string_view instead) {
  for (const char* name : names) {
    if (object.Has(name)) return object.ErrorAt(name, Cat("is not supported; ", instead));
  }
  return absl::OkStatus();
}

// The object `member` of the element of `list` that is called `name`.
absl::StatusOr<ObjectReader> Reader::Named(ObjectReader& root, std::string_view list, std::string_view name,
                                           std::string_view member) const {
  // The size of the file bounds them.
  ASSIGN_OR_RETURN(const auto entries, root.Objects(list, limits::kMaxKubeconfigBytes));
  for (ObjectReader entry : entries) {
    if (entry.node().StringOr("name") == name) return entry.Object(member);
  }
  return root.ErrorAt(list, Cat("expected one with the name ", Printable(name), ", found none"));
}

// `NAME-data` (base64) goes before the file that `NAME` names.
absl::StatusOr<std::string> Reader::PemOf(ObjectReader& object, const std::string& name) const {
  ASSIGN_OR_RETURN(const std::string file, object.StringOr(name, ""));
  ASSIGN_OR_RETURN(std::string pem, object.BytesOr(name + "-data", ""));
  const std::string origin = pem.empty() ? name : name + "-data";
  if (pem.empty()) {
    if (file.empty()) return pem;
    auto content = ReadFile(Resolve(file), limits::kMaxPemBytes);
    if (!content.ok()) return object.ErrorAt(name, Message(content.status()));
    pem = *std::move(content);
  }
  if (pem.find("-----BEGIN ") == std::string::npos) return object.ErrorAt(origin, "expected PEM, found none");
  return pem;
}

absl::StatusOr<Config> Reader::ReadCluster(ObjectReader& cluster) const {
  ASSIGN_OR_RETURN(std::string text, cluster.String("server"));
  while (text.ends_with('/')) text.pop_back();
  const auto server = net::Url::Parse(text);
  if (!server.ok()) return cluster.ErrorAt("server", Message(server.status()));
  if (!server->is_https())
    return cluster.ErrorAt("server", "expected an https URL; tokens never go in clear");
  if (!server->query().empty()) return cluster.ErrorAt("server", "expected a URL without a query");
  ASSIGN_OR_RETURN(const bool insecure, cluster.BoolOr("insecure-skip-tls-verify", false));
  if (insecure) {
    return cluster.ErrorAt("insecure-skip-tls-verify",
                           "true is not supported; name the authority in certificate-authority-data");
  }
  RETURN_IF_ERROR(Refuse(cluster, {"proxy-url"}, "set HTTPS_PROXY in the environment"));
  RETURN_IF_ERROR(Refuse(cluster, {"tls-server-name"}, "use a server URL whose host the certificate names"));
  Config config = {.server = *server};
  ASSIGN_OR_RETURN(config.ca_pem, PemOf(cluster, "certificate-authority"));
  cluster.Raw("disable-compression");
  cluster.Raw("extensions");
  RETURN_IF_ERROR(cluster.Done());
  return config;
}

// tokenFile goes before token, as in client-go.
absl::Status Reader::ReadToken(ObjectReader& user, Config& config) const {
  ASSIGN_OR_RETURN(const std::string token_file, user.StringOr("tokenFile", ""));
  ASSIGN_OR_RETURN(const std::string token, user.StringOr("token", ""));
  if (!token_file.empty()) {
    config.token_file = Resolve(token_file);
  } else if (token.size() > limits::kMaxKubeTokenBytes) {
    return user.ErrorAt("token", "is too long for a token");
  } else {
    config.token = token;
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadUser(ObjectReader& user, Config& config) const {
  constexpr std::string_view kInstead = "use a token, a tokenFile or a client certificate";
  RETURN_IF_ERROR(Refuse(user, {"exec", "auth-provider", "username", "password"}, kInstead));
  RETURN_IF_ERROR(
      Refuse(user, {"as", "as-uid", "as-groups", "as-user-extra"}, "impersonate with kubectl only"));
  RETURN_IF_ERROR(ReadToken(user, config));
  ASSIGN_OR_RETURN(config.client_certificate, PemOf(user, "client-certificate"));
  ASSIGN_OR_RETURN(config.client_key, PemOf(user, "client-key"));
  if (config.client_certificate.empty() != config.client_key.empty()) {
    return user.Error("client-certificate and client-key belong together, and only one of them is there");
  }
  user.Raw("extensions");
  return user.Done();
}

absl::StatusOr<Config> Reader::Read(ObjectReader& root, std::string_view wanted) const {
  ASSIGN_OR_RETURN(std::string current, root.StringOr("current-context", ""));
  if (!wanted.empty()) current = wanted;
  if (current.empty()) {
    return root.ErrorAt("current-context",
                        "expected the name of a context; set one with kubectl config use-context");
  }
  ASSIGN_OR_RETURN(ObjectReader context, Named(root, "contexts", current, "context"));
  ASSIGN_OR_RETURN(const std::string cluster_name, context.String("cluster"));
  ASSIGN_OR_RETURN(const std::string user_name, context.StringOr("user", ""));
  ASSIGN_OR_RETURN(ObjectReader cluster, Named(root, "clusters", cluster_name, "cluster"));
  ASSIGN_OR_RETURN(Config config, ReadCluster(cluster));
  ASSIGN_OR_RETURN(config.namespace_name, context.StringOr("namespace", ""));
  if (user_name.empty()) return config;
  ASSIGN_OR_RETURN(ObjectReader user, Named(root, "users", user_name, "user"));
  RETURN_IF_ERROR(ReadUser(user, config));
  return config;
}

}  // namespace

absl::StatusOr<Config> ReadKubeconfig(const std::string& path, std::string_view context) {
  const auto text = ReadFile(path, limits::kMaxKubeconfigBytes);
  if (!text.ok()) return WithReason(text.status(), Reason::kKubeUnavailable);
  const std::string where = Printable(path);
  const auto document = ParseYaml(*text, where);
  if (!document.ok()) return WithReason(document.status(), Reason::kKubeUnavailable);
  ASSIGN_OR_RETURN(ObjectReader root, ObjectReader::Root(*document, where, Reason::kKubeUnavailable));
  return Reader(DirectoryOf(path)).Read(root, context);
}

}  // namespace chartseal::kube
