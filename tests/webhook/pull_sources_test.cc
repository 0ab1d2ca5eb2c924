#include "webhook/pull_sources.h"

#include <gmock/gmock.h>

#include <atomic>
#include <map>
#include <thread>

#include "tests/base/why.h"
#include "tests/net/settable_clock.h"
#include "tests/oci/client_fixture.h"
#include "tests/oci/scripted_http.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"

namespace chartseal::webhook {
namespace {

using oci::AnswerOf;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Objects by path; everything else is not there. Counts what it is asked. Thread-safe.
class FakeApi : public kube::Client {
 public:
  void Put(const std::string& path, absl::StatusOr<std::string> json) {
    const std::lock_guard lock(mutex_);
    objects_.insert_or_assign(path, std::move(json));
  }

  absl::StatusOr<Node> Get(std::string_view path, absl::Time deadline) override {
    absl::SleepFor(delay);
    const std::lock_guard lock(mutex_);
    asked_.emplace_back(path);
    deadlines_.push_back(deadline);
    const auto found = objects_.find(std::string(path));
    if (found == objects_.end()) {
      return WithReason(absl::NotFoundError(Cat("GET ", path, ": answered 404")), Reason::kKubeUnavailable);
    }
    RETURN_IF_ERROR(found->second.status());
    return ParseJson(*found->second, "object");
  }
  absl::StatusOr<Node> Send(std::string_view, std::string_view, std::string_view, const Node&,
                            absl::Time) override {
    return absl::UnimplementedError("nothing is sent");
  }
  absl::Status Stream(std::string_view, const std::function<absl::Status(std::string_view)>&,
                      const std::function<bool()>&, absl::Time) override {
    return absl::UnimplementedError("nothing is watched");
  }

  std::vector<std::string> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  std::vector<absl::Time> deadlines() const {
    const std::lock_guard lock(mutex_);
    return deadlines_;
  }
  absl::Duration delay = absl::ZeroDuration();

 private:
  mutable std::mutex mutex_;
  std::map<std::string, absl::StatusOr<std::string>> objects_;
  std::vector<std::string> asked_;
  std::vector<absl::Time> deadlines_;
};

constexpr const char* kPull = "/api/v1/namespaces/shop/secrets/pull";
constexpr const char* kAccount = "/api/v1/namespaces/shop/serviceaccounts/default";

std::string AccountWith(const std::string& secret) {
  return R"({"kind":"ServiceAccount","imagePullSecrets":[{"name":")" + secret + "\"}]}";
}

std::string SecretOf(const std::string& config, const std::string& type = "dockerconfigjson") {
  return "{\"kind\":\"Secret\",\"type\":\"kubernetes.io/" + type + "\",\"data\":{\"." + type + "\":\"" +
         Base64Encode(config) + "\"}}";
}

std::string SecretFor(const std::string& key, const std::string& user) {
  return SecretOf("{\"auths\":{\"" + key + "\":{\"username\":\"" + user + "\",\"password\":\"hunter2\"}}}");
}

absl::Status Forbidden() {
  return WithReason(absl::PermissionDeniedError("GET /x: answered 403: secrets is forbidden"),
                    Reason::kKubeUnavailable);
}
absl::Status Away() {
  return WithReason(absl::UnavailableError("GET /x: connection refused"), Reason::kKubeUnavailable);
}

// A registry at ghcr.io with Basic authentication that lets in the users it knows, and everybody when it is
// open. `missing` is what it does not have.
class PullSourcesTest : public ::testing::Test {
 protected:
  std::shared_ptr<oci::ArtifactSource> SourceFor(const PullContext& context) {
    return provider_->For(context, now_.Now() + absl::Seconds(10)).value();
  }
  std::string WhyResolve(const PullContext& context, const std::string& name = "ghcr.io/acme/app:1") {
    return Why(SourceFor(context)->ResolveTag(oci::Ref(name), now_.Now() + absl::Seconds(10)));
  }
  std::vector<std::string> UsersSeen() {
    std::vector<std::string> users;
    for (const auto& seen : http_->seen()) {
      if (!seen.authorization.empty()) users.push_back(UserOf(seen.authorization));
    }
    return users;
  }
  static std::string UserOf(std::string_view authorization) {
    if (!authorization.starts_with("Basic ")) return "";
    const std::string pair = Base64Decode(authorization.substr(6)).value();
    return pair.substr(0, pair.find(':'));
  }

  net::HttpResponse Answer(const net::HttpRequest& request) {
    const std::string user = UserOf(request.headers.Get("Authorization"));
    if (!open_ && !good_users_.contains(user)) {
      if (hides_) return AnswerOf(404);
      return AnswerOf(user.empty() ? 401 : 403, {{"WWW-Authenticate", "Basic realm=\"r\""}});
    }
    if (request.url.path().find("/referrers/") != std::string::npos) {
      return AnswerOf(
          200, {{"Content-Type", "application/vnd.oci.image.index.v1+json"}},
          R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]})");
    }
    if (request.url.path().ends_with("/missing")) return AnswerOf(404);
    return AnswerOf(200,
                    {{"Content-Type", "application/vnd.oci.image.manifest.v1+json"},
                     {"Docker-Content-Digest", crypto::Digest::Sha256Of(manifest_).ToString()},
                     {"Content-Length", std::to_string(manifest_.size())}},
                    manifest_);
  }

  void Start(std::shared_ptr<kube::Client> api, oci::Credential global = {}) {
    oci::RegistryOptions registry = oci::TestOptions();
    registry.clock = now_.clock();
    if (!global.anonymous()) {
      registry.credentials = oci::FixedCredential("ghcr.io", std::move(global), oci::AnonymousCredentials());
    }
    provider_ = MakePullSourcesOver(http_, {.registry = registry, .api = std::move(api)});
  }
  void SetUp() override { Start(api_); }

  const std::string manifest_ = oci::ManifestJson("app");
  std::set<std::string> good_users_;
  bool open_ = false;
  bool hides_ = false;
  net::SettableClock now_;
  std::shared_ptr<FakeApi> api_ = std::make_shared<FakeApi>();
  std::shared_ptr<oci::ScriptedHttp> http_ = std::make_shared<oci::ScriptedHttp>(
      [this](const net::HttpRequest& request) { return Answer(request); });
  std::shared_ptr<SourceProvider> provider_;
  const PullContext pod_{.namespace_name = "shop", .service_account = "", .secrets = {"pull"}};
};

TEST_F(PullSourcesTest, APodsSecretOpensARegistry) {
  good_users_ = {"pod"};
  api_->Put(kPull, SecretFor("ghcr.io", "pod"));
  EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_THAT(api_->asked(), ElementsAre(kAccount, kPull));
}

TEST_F(PullSourcesTest, TheOlderTypeOfSecretIsReadToo) {
  good_users_ = {"old"};
  api_->Put(kPull, SecretOf("{\"ghcr.io\":{\"auth\":\"" + Base64Encode("old:pw") + "\"}}", "dockercfg"));
  EXPECT_EQ(WhyResolve(pod_), "ok");
}

TEST_F(PullSourcesTest, TheSecretsOfTheServiceAccountCountToo) {
  good_users_ = {"account"};
  api_->Put("/api/v1/namespaces/shop/serviceaccounts/builder", AccountWith("theirs"));
  api_->Put("/api/v1/namespaces/shop/secrets/theirs", SecretFor("ghcr.io/acme", "account"));
  EXPECT_EQ(WhyResolve({"shop", "builder", {}}), "ok");
  EXPECT_THAT(WhyResolve({"shop", "default", {}}), HasSubstr("registry-unauthorized: "));
}

TEST_F(PullSourcesTest, ThePodsSecretGoesBeforeTheServiceAccountsAndTheGlobalOneLast) {
  api_->Put(kAccount, AccountWith("theirs"));
  api_->Put("/api/v1/namespaces/shop/secrets/theirs", SecretFor("ghcr.io", "account"));
  api_->Put(kPull, SecretFor("ghcr.io", "pod"));
  Start(api_, {.username = "global", .password = oci::Secret("pw")});
  good_users_ = {"global"};
  EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_THAT(UsersSeen(), ElementsAre("pod", "account", "global"));
}

TEST_F(PullSourcesTest, WhenAllAreTurnedAwayTheFirstAnswerIsTold) {
  api_->Put(kPull, SecretFor("ghcr.io", "pod"));
  EXPECT_THAT(WhyResolve(pod_), AllOf(HasSubstr("registry-unauthorized: "), HasSubstr("403")));
}

TEST_F(PullSourcesTest, ASecretForAnotherRegistryIsNotSent) {
  api_->Put(kPull, SecretFor("gcr.io", "pod"));
  EXPECT_THAT(WhyResolve(pod_), HasSubstr("registry-unauthorized: "));
  EXPECT_THAT(UsersSeen(), IsEmpty());
}

TEST_F(PullSourcesTest, ASecretForAnotherRepositoryIsNotSent) {
  api_->Put(kPull, SecretFor("ghcr.io/other", "pod"));
  EXPECT_THAT(WhyResolve(pod_), HasSubstr("registry-unauthorized: "));
  EXPECT_THAT(UsersSeen(), IsEmpty());
}

TEST_F(PullSourcesTest, RepositoriesOfOneRegistryHaveCredentialsOfTheirOwn) {
  good_users_ = {"a", "b"};
  api_->Put(kPull, SecretOf(R"({"auths":{"ghcr.io/a":{"username":"a","password":"p"},)"
                            R"("ghcr.io/b":{"username":"b","password":"p"}}})"));
  EXPECT_EQ(WhyResolve(pod_, "ghcr.io/a/x:1"), "ok");
  EXPECT_EQ(WhyResolve(pod_, "ghcr.io/b/x:1"), "ok");
  EXPECT_THAT(UsersSeen(), ElementsAre("a", "b"));
}

TEST_F(PullSourcesTest, WhatIsNotThereIsPassedOver) {
  open_ = true;
  EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_THAT(api_->asked(), ElementsAre(kAccount, kPull));
}

TEST_F(PullSourcesTest, SecretsOfOtherTypesArePassedOver) {
  api_->Put(kPull, R"({"type":"Opaque","data":{".dockerconfigjson":"e30="}})");
  EXPECT_THAT(WhyResolve(pod_), HasSubstr("registry-unauthorized: "));
  api_->Put("/api/v1/namespaces/shop/secrets/empty", R"({"type":"kubernetes.io/dockerconfigjson"})");
  EXPECT_THAT(WhyResolve({"shop", "", {"empty"}}), HasSubstr("registry-unauthorized: "));
}

TEST_F(PullSourcesTest, NamesThatAreNoneAreNeverAskedFor) {
  open_ = true;
  EXPECT_EQ(WhyResolve({"shop", "a/../../secrets/x", {"../../../nodes", "a?b", "", "A", ".", ".."}}), "ok");
  EXPECT_EQ(WhyResolve({"../kube-system", "default", {"pull"}}), "ok");
  EXPECT_THAT(api_->asked(), IsEmpty());
}

TEST_F(PullSourcesTest, SoManySecretsAreReadAndNoMore) {
  open_ = true;
  PullContext many{"shop", "", {}};
  for (size_t i = 0; i < limits::kMaxPullSecrets + 10; ++i) many.secrets.push_back("s" + std::to_string(i));
  EXPECT_EQ(WhyResolve(many), "ok");
  EXPECT_EQ(api_->asked().size(), limits::kMaxPullSecrets + 1);
}

TEST_F(PullSourcesTest, WithoutAnApiServerOnlyGlobalCredentialsCount) {
  Start(nullptr, {.username = "global", .password = oci::Secret("pw")});
  good_users_ = {"global"};
  EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_EQ(SourceFor(pod_), SourceFor({"other", "x", {"y"}}));
}

TEST_F(PullSourcesTest, WhatWasReadIsRememberedForAMinute) {
  good_users_ = {"pod"};
  api_->Put(kPull, SecretFor("ghcr.io", "pod"));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_EQ(api_->asked().size(), 2u);
  now_.Advance(limits::kPullSecretLifetime + absl::Seconds(1));
  EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_EQ(api_->asked().size(), 4u);
}

TEST_F(PullSourcesTest, ThatNothingIsThereIsRememberedToo) {
  open_ = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_EQ(api_->asked().size(), 2u);
}

TEST_F(PullSourcesTest, ARefusalIsRememberedAndAnOutageIsNot) {
  open_ = true;
  api_->Put(kAccount, Forbidden());
  api_->Put(kPull, Away());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(WhyResolve(pod_), "ok");
  EXPECT_THAT(api_->asked(), ElementsAre(kAccount, kPull, kPull, kPull));
}

TEST_F(PullSourcesTest, CallersWhoMissTogetherReadOnce) {
  open_ = true;
  api_->delay = absl::Milliseconds(50);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { SourceFor(pod_); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(api_->asked().size(), 2u);
}

TEST_F(PullSourcesTest, AtMostHalfOfTheTimeGoesToTheApiServer) {
  (void)provider_->For(pod_, now_.Now() + absl::Seconds(8));
  EXPECT_THAT(api_->deadlines(), Each(now_.Now() + absl::Seconds(4)));
}

TEST_F(PullSourcesTest, ContextsWithTheSameCredentialsShareASource) {
  api_->Put(kPull, SecretFor("ghcr.io", "pod"));
  api_->Put("/api/v1/namespaces/other/secrets/same", SecretFor("ghcr.io", "pod"));
  api_->Put("/api/v1/namespaces/other/secrets/else", SecretFor("ghcr.io", "else"));
  EXPECT_EQ(SourceFor(pod_), SourceFor({"other", "", {"same"}}));
  EXPECT_NE(SourceFor(pod_), SourceFor({"other", "", {"else"}}));
  EXPECT_EQ(SourceFor({"other", "", {}}), SourceFor({"third", "x", {}}));
}

TEST_F(PullSourcesTest, ARotatedSecretLeadsToAnotherSource) {
  api_->Put(kPull, SecretFor("ghcr.io", "old"));
  good_users_ = {"new"};
  EXPECT_THAT(WhyResolve(pod_), HasSubstr("registry-unauthorized: "));
  api_->Put(kPull, SecretFor("ghcr.io", "new"));
  now_.Advance(limits::kPullSecretLifetime + absl::Seconds(1));
  EXPECT_EQ(WhyResolve(pod_), "ok");
}

// What is told when some credentials could not be read.

TEST_F(PullSourcesTest, APublicImageNeedsNoSecret) {
  open_ = true;
  api_->Put(kPull, Forbidden());
  EXPECT_EQ(WhyResolve(pod_), "ok");
}

TEST_F(PullSourcesTest, ContextsWithTheSameDoubtShareASource) {
  api_->Put(kPull, Forbidden());
  EXPECT_EQ(SourceFor(pod_), SourceFor(pod_));
  EXPECT_NE(SourceFor(pod_), SourceFor({"shop", "", {}}));
}

TEST_F(PullSourcesTest, OnlySoManySourcesAreKept) {
  const auto first = SourceFor(pod_);
  for (size_t i = 0; i < limits::kMaxCredentialSets + 5; ++i) {
    const std::string name = "s" + std::to_string(i);
    api_->Put("/api/v1/namespaces/shop/secrets/" + name, SecretFor("ghcr.io", name));
    SourceFor({"shop", "", {name}});
  }
  EXPECT_NE(SourceFor(pod_), first) << "the one used longest ago goes";
}

TEST_F(PullSourcesTest, AnotherSecretMayDo) {
  good_users_ = {"pod"};
  api_->Put("/api/v1/namespaces/shop/secrets/broken", Forbidden());
  api_->Put(kPull, SecretFor("ghcr.io", "pod"));
  EXPECT_EQ(WhyResolve({"shop", "", {"broken", "pull"}}), "ok");
}

TEST_F(PullSourcesTest, ARefusalIsTheFaultOfTheSecretThatCouldNotBeRead) {
  for (const absl::Status& status : {Forbidden(), Away()}) {
    api_->Put(kPull, status);
    EXPECT_THAT(WhyResolve(pod_), AllOf(HasSubstr("kubernetes-unavailable: "),
                                        HasSubstr("not all pull credentials could be used"),
                                        HasSubstr("pull secret shop/pull: "), HasSubstr(Message(status))));
    now_.Advance(absl::Hours(1));
  }
}

TEST_F(PullSourcesTest, AServiceAccountThatCannotBeReadIsToldToo) {
  api_->Put(kAccount, Forbidden());
  EXPECT_THAT(WhyResolve({"shop", "", {}}),
              AllOf(HasSubstr("kubernetes-unavailable: "), HasSubstr("service account shop/default: ")));
}

TEST_F(PullSourcesTest, AMalformedSecretIsToldWithoutItsContent) {
  for (const std::string& secret :
       {SecretOf("hunter2"),
        std::string(R"({"type":"kubernetes.io/dockerconfigjson","data":{".dockerconfigjson":"%"}})")}) {
    api_->Put(kPull, secret);
    EXPECT_THAT(WhyResolve(pod_), AllOf(HasSubstr("credentials-unusable: "),
                                        HasSubstr("pull secret shop/pull"), Not(HasSubstr("hunter2"))));
    now_.Advance(absl::Hours(1));
  }
}

TEST_F(PullSourcesTest, WhatAHidingRegistryDoesNotShowIsNotTakenForMissing) {
  hides_ = true;
  api_->Put(kPull, Forbidden());
  EXPECT_THAT(WhyResolve(pod_), HasSubstr("kubernetes-unavailable: "));
  const auto digest = crypto::Digest::Sha256Of(manifest_);
  const auto deadline = now_.Now() + absl::Seconds(10);
  EXPECT_THAT(Why(SourceFor(pod_)->ListReferrers(oci::Ref("ghcr.io/acme/app"), digest, deadline)),
              HasSubstr("kubernetes-unavailable: "));
}

TEST_F(PullSourcesTest, NoReferrersInARepositoryThatCanBeReadIsAnAnswer) {
  open_ = true;
  api_->Put(kPull, Forbidden());
  const auto digest = crypto::Digest::Sha256Of(manifest_);
  const auto deadline = now_.Now() + absl::Seconds(10);
  EXPECT_EQ(Why(SourceFor(pod_)->ListReferrers(oci::Ref("ghcr.io/acme/app"), digest, deadline)), "ok");
  const auto tag =
      SourceFor(pod_)->FetchManifestByTag(oci::Ref("ghcr.io/acme/app"), "missing", 1 << 20, deadline);
  EXPECT_THAT(Why(tag), HasSubstr("not-found: "));
}

TEST_F(PullSourcesTest, WithAllCredentialsReadNothingIsDoubtful) {
  hides_ = true;
  EXPECT_THAT(WhyResolve(pod_), HasSubstr("not-found: "));
}

}  // namespace
}  // namespace chartseal::webhook
