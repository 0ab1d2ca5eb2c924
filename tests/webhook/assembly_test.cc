#include "webhook/assembly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/webhook/policies.h"
#include "tests/webhook/reviews.h"
#include "tests/webhook/test_client.h"
#include "tests/webhook/tls_pairs.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Tls = TestClient::Tls;

constexpr int kNoReview = 400;  // what `{}` gets from whoever looks at it

class AssemblyTest : public testing::Test {
 protected:
  AssemblyTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) / (std::string("chartseal-assembly-") + test->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
    options_.listen = {"127.0.0.1", 0};
    options_.ops_listen = {"127.0.0.1", 0};
    options_.policy = Write("policy.yaml", PolicyText("one", "enforce", "**"));
    WritePair(pair_);
  }
  ~AssemblyTest() override { fs::remove_all(directory_); }

  std::string Write(const std::string& name, std::string_view text) {
    std::ofstream(directory_ / name) << text;
    return (directory_ / name).string();
  }
  void WritePair(const TlsPair& pair) {
    options_.tls_cert = Write("cert.pem", pair.certificate);
    options_.tls_key = Write("key.pem", pair.key);
  }

  absl::Status Start() {
    auto assembly = Assembly::Start(options_);
    if (!assembly.ok()) return assembly.status();
    assembly_ = *std::move(assembly);
    return absl::OkStatus();
  }
  ClientReply Ops(std::string_view path) const {
    return TestClient(assembly_->ops_port(), Tls::kNo).Get(path);
  }

  const TlsPair pair_ = SelfSigned("webhook", absl::FromUnixSeconds(1'900'000'000));
  fs::path directory_;
  Options options_;
  std::unique_ptr<Assembly> assembly_;
};

TEST_F(AssemblyTest, IsReadyAsSoonAsItStarted) {
  ASSERT_TRUE(Start().ok());
  const ClientReply reply = Ops("/readyz");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "ready\n");
}

TEST_F(AssemblyTest, ServesTheCertificateOfItsFilesAndTellsWhenItExpires) {
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(TestClient(assembly_->port()).server_certificate(), pair_.certificate);
  EXPECT_THAT(Ops("/metrics").body, HasSubstr("\nchartseal_tls_certificate_expiry_seconds 1900000000\n"));
}

TEST_F(AssemblyTest, EachFamilyOfObjectsHasItsGate) {
  ASSERT_TRUE(Start().ok());
  const auto answer = [&](const ReviewText& review) {
    return TestClient(assembly_->port()).Post("/validate", review.Json()).body;
  };
  EXPECT_THAT(answer({.group = "source.toolkit.fluxcd.io",
                      .kind = "OCIRepository",
                      .object = R"({"spec":{"url":"oci://ghcr.io/acme/charts/app"}})"}),
              HasSubstr("no-policy-matches"));  // the policy is about images alone
  EXPECT_THAT(answer({.kind = "Secret",
                      .resource = "secrets",
                      .object = R"({"type":"helm.sh/release.v1","data":{"release":"%"}})"}),
              HasSubstr("release-malformed"));
  EXPECT_THAT(answer({.group = "example.test", .kind = "Thing", .object = "{}"}),
              HasSubstr("kind-not-covered"));
}

TEST_F(AssemblyTest, AMissingKeyFileIsAnErrorThatNamesIt) {
  fs::remove(directory_ / "key.pem");
  const absl::Status status = Start();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("key.pem"));
}

TEST_F(AssemblyTest, APairThatDoesNotFitIsAnError) {
  Write("key.pem", SelfSigned("other").key);
  EXPECT_THAT(Message(Start()), HasSubstr("the TLS private key does not belong to the certificate"));
}

TEST_F(AssemblyTest, ClientsNeedACertificateOfTheClientCaWithAnAllowedName) {
  const TlsAuthority authority("clients");
  options_.client_ca = Write("ca.pem", authority.certificate());
  options_.client_names = {"kube-apiserver"};
  ASSERT_TRUE(Start().ok());
  const auto status = [&](const TlsPair& shown) {
    return TestClient(assembly_->port(), shown).Post("/validate", "{}").status;
  };
  EXPECT_EQ(TestClient(assembly_->port()).Post("/validate", "{}").status, 0);
  EXPECT_EQ(status(TlsAuthority("clients").Issue({.common_name = "kube-apiserver"})), 0);
  EXPECT_EQ(status(authority.Issue({.common_name = "somebody"})), 403);
  EXPECT_EQ(status(authority.Issue({.common_name = "kube-apiserver"})), kNoReview);
  EXPECT_EQ(Ops("/readyz").body, "ready\n");  // which needs no certificate for its own question
}

TEST_F(AssemblyTest, AMissingClientCaIsAnErrorAndNotAnOpenDoor) {
  options_.client_ca = (directory_ / "ca.pem").string();
  EXPECT_TRUE(absl::IsNotFound(Start()));
  Write("ca.pem", "\n");
  EXPECT_THAT(Message(Start()), HasSubstr("ca.pem: expected certificates of client authorities"));
}

TEST_F(AssemblyTest, APlainYesIsRecordedOnlyWhenEveryDecisionIs) {
  options_.decision_records = (directory_ / "records").string();
  fs::create_directories(options_.decision_records);
  const auto records_of_one_yes = [this] {
    EXPECT_TRUE(Start().ok());
    const auto reply =
        TestClient(assembly_->port()).Post("/validate", ReviewText{.operation = "DELETE"}.Json());
    EXPECT_THAT(reply.body, HasSubstr("\"allowed\":true"));
    assembly_.reset();  // writes what is waiting
    return std::distance(fs::directory_iterator(options_.decision_records), fs::directory_iterator());
  };
  EXPECT_EQ(records_of_one_yes(), 0);
  options_.decision_records_all = true;
  EXPECT_EQ(records_of_one_yes(), 1);
}

}  // namespace
}  // namespace chartseal::webhook
