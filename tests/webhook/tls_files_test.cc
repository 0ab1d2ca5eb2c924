#include "webhook/tls_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "tests/webhook/tls_pairs.h"
#include "verifier/base/status.h"

namespace chartseal::webhook {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

const absl::Time kMarch = absl::FromUnixSeconds(1'900'000'000);  // 2030-03-17T17:46:40Z

// Follows cert.pem, key.pem and, when asked for, ca.pem of a directory; the identities that would be put in
// force are kept, after a real server has said whether they can be used.
class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::path(testing::TempDir()) / (std::string("chartseal-tls-") + test->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }
  ~TlsFilesTest() override { fs::remove_all(directory_); }

  void Write(const fs::path& name, std::string_view text) { std::ofstream(directory_ / name) << text; }
  void WritePair(const TlsPair& pair, const fs::path& below = "") {
    Write(below / "cert.pem", pair.certificate);
    Write(below / "key.pem", pair.key);
  }

  TlsFilesOptions Options() const {
    return {.certificate = (directory_ / "cert.pem").string(),
            .key = (directory_ / "key.pem").string(),
            .poll_interval = absl::InfiniteDuration()};
  }

  absl::Status Read(TlsFilesOptions options) {
    auto files = TlsFiles::Read(std::move(options), [this](absl::Duration) { meanwhile_(); });
    if (!files.ok()) return files.status();
    files_ = *std::move(files);
    return absl::OkStatus();
  }

  // Reads, starts a server with what was found, and follows.
  void Start(TlsFilesOptions options) {
    ASSERT_TRUE(Read(std::move(options)).ok());
    ServerOptions server;
    server.listeners = {{"127.0.0.1", 0, files_->identity(), {}}};
    auto started = Server::Start(std::move(server));
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
    files_->Follow([this](const TlsIdentity& identity) {
      ++calls_;
      if (!unwilling_.ok()) return unwilling_;
      return server_->ReplaceTls(0, identity);
    });
  }
  void Start() { Start(Options()); }

  // What one look writes to the log.
  std::string Polled() {
    testing::internal::CaptureStderr();
    files_->Poll();
    return testing::internal::GetCapturedStderr();
  }
  std::string Certificate() const { return files_->identity().certificate_chain; }

  fs::path directory_;
  std::function<void()> meanwhile_ = [] {};  // what happens between the two looks at a change
  int calls_ = 0;
  absl::Status unwilling_;  // what the callback answers, when it is an error
  std::unique_ptr<Server> server_;
  std::unique_ptr<TlsFiles> files_;
};

TEST_F(TlsFilesTest, AMissingFileAtTheStartIsAnErrorThatNamesIt) {
  const TlsPair pair = SelfSigned("one");
  EXPECT_TRUE(absl::IsNotFound(Read(Options())));
  Write("cert.pem", pair.certificate);
  const absl::Status status = Read(Options());
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(Message(status), HasSubstr("key.pem"));
}

TEST_F(TlsFilesTest, ACertificateThatIsNoneAtTheStartIsAnError) {
  WritePair({"nonsense", "nonsense"});
  EXPECT_THAT(Message(Read(Options())), HasSubstr("cert.pem: expected a certificate in PEM, found none"));
}

TEST_F(TlsFilesTest, AnEmptyClientCaIsAnErrorAndNotAnOpenDoor) {
  WritePair(SelfSigned("one"));
  TlsFilesOptions options = Options();
  options.client_ca = (directory_ / "ca.pem").string();
  EXPECT_TRUE(absl::IsNotFound(Read(options)));
  Write("ca.pem", "");
  EXPECT_THAT(Message(Read(options)), HasSubstr("ca.pem: expected certificates of client authorities"));
}

TEST_F(TlsFilesTest, AGoodRotationIsAppliedAndLoggedWithItsEnd) {
  WritePair(SelfSigned("one"));
  Start();
  const TlsPair next = SelfSigned("two", kMarch);
  WritePair(next);
  EXPECT_THAT(Polled(), AllOf(HasSubstr("the TLS certificate was read again"),
                              HasSubstr("\"not_after\":\"2030-03-17T17:46:40+00:00\"")));
  EXPECT_EQ(Certificate(), next.certificate);
  EXPECT_EQ(files_->expiry(), kMarch);
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(calls_, 1);
}

TEST_F(TlsFilesTest, WhatDidNotChangeIsNotAppliedEvenWhenItIsWrittenAgain) {
  const TlsPair pair = SelfSigned("one");
  WritePair(pair);
  Start();
  WritePair(pair);
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(calls_, 0);
}

TEST_F(TlsFilesTest, AMismatchingPairKeepsTheOldAndIsLoggedOnce) {
  const TlsPair first = SelfSigned("one", kMarch);
  WritePair(first);
  Start();
  WritePair({SelfSigned("two").certificate, SelfSigned("three").key});
  EXPECT_THAT(Polled(), HasSubstr("the TLS private key does not belong to the certificate"));
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(Certificate(), first.certificate);
  EXPECT_EQ(files_->expiry(), kMarch);
}

TEST_F(TlsFilesTest, AMissingFileKeepsTheOldAndIsLoggedOnce) {
  const TlsPair first = SelfSigned("one");
  WritePair(first);
  Start();
  fs::remove(directory_ / "key.pem");
  EXPECT_THAT(Polled(), AllOf(HasSubstr("what was in force stays in force"), HasSubstr("key.pem")));
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(Certificate(), first.certificate);
  EXPECT_EQ(calls_, 0);
}

TEST_F(TlsFilesTest, NoLogLineHoldsTheKey) {
  WritePair(SelfSigned("one"));
  Start();
  const TlsPair broken = SelfSigned("two");
  WritePair({broken.certificate, broken.key.substr(0, broken.key.size() / 2)});
  const std::string line = Polled();
  EXPECT_THAT(line, HasSubstr("the TLS private key cannot be used"));
  EXPECT_EQ(line.find(broken.key.substr(40, 20)), std::string::npos) << line;
}

TEST_F(TlsFilesTest, ABreakageThatWasRepairedIsLoggedAgainWhenItComesBack) {
  const TlsPair first = SelfSigned("one");
  WritePair(first);
  Start();
  Write("cert.pem", "");
  EXPECT_THAT(Polled(), HasSubstr("expected a certificate in PEM"));
  WritePair(first);
  EXPECT_EQ(Polled(), "");
  Write("cert.pem", "");
  EXPECT_THAT(Polled(), HasSubstr("expected a certificate in PEM"));
}

TEST_F(TlsFilesTest, APairOfWhichHalfIsWrittenComesWithTheOtherHalf) {
  WritePair(SelfSigned("one"));
  Start();
  const TlsPair next = SelfSigned("two");
  Write("cert.pem", next.certificate);
  Polled();
  EXPECT_NE(Certificate(), next.certificate);
  Write("key.pem", next.key);
  EXPECT_THAT(Polled(), HasSubstr("was read again"));
  EXPECT_EQ(Certificate(), next.certificate);
}

TEST_F(TlsFilesTest, WhatIsStillBeingWrittenIsNeitherBelievedNorBlamed) {
  WritePair(SelfSigned("one"));
  Start();
  const TlsPair next = SelfSigned("two");
  Write("cert.pem", next.certificate);
  meanwhile_ = [&] { Write("key.pem", next.key); };
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(calls_, 0);
  meanwhile_ = [] {};
  EXPECT_THAT(Polled(), HasSubstr("was read again"));
  EXPECT_EQ(Certificate(), next.certificate);
}

TEST_F(TlsFilesTest, AnErrorOfTheCallbackKeepsTheOldAndIsTriedAgain) {
  const TlsPair first = SelfSigned("one");
  WritePair(first);
  Start();
  const TlsPair next = SelfSigned("two");
  WritePair(next);
  unwilling_ = absl::UnavailableError("not now");
  EXPECT_THAT(Polled(), HasSubstr("not now"));
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(calls_, 2);
  EXPECT_EQ(Certificate(), first.certificate);
  unwilling_ = absl::OkStatus();
  EXPECT_THAT(Polled(), HasSubstr("was read again"));
  EXPECT_EQ(Certificate(), next.certificate);
}

TEST_F(TlsFilesTest, TheSwapOfTheDataLinkIsFollowed) {
  const TlsPair next = SelfSigned("two");
  const auto publish = [this](const char* state, const TlsPair& pair) {
    fs::create_directories(directory_ / state);
    WritePair(pair, state);
    fs::create_directory_symlink(state, directory_ / "..data_tmp");
    fs::rename(directory_ / "..data_tmp", directory_ / "..data");
  };
  publish("..2026_1", SelfSigned("one"));
  fs::create_symlink("..data/cert.pem", directory_ / "cert.pem");
  fs::create_symlink("..data/key.pem", directory_ / "key.pem");
  Start();
  publish("..2026_2", next);
  fs::remove_all(directory_ / "..2026_1");
  EXPECT_THAT(Polled(), HasSubstr("was read again"));
  EXPECT_EQ(Certificate(), next.certificate);
}

TEST_F(TlsFilesTest, TheClientCaIsFollowedAndItsLossOpensNothing) {
  WritePair(SelfSigned("one"));
  Write("ca.pem", TlsAuthority("first").certificate());
  TlsFilesOptions options = Options();
  options.client_ca = (directory_ / "ca.pem").string();
  options.client_names = {"caller"};
  Start(options);
  const std::string second = TlsAuthority("second").certificate();
  Write("ca.pem", second);
  EXPECT_THAT(Polled(), HasSubstr("was read again"));
  EXPECT_EQ(files_->identity().client_ca, second);
  EXPECT_EQ(files_->identity().client_names, std::vector<std::string>{"caller"});
  Write("ca.pem", "");
  EXPECT_THAT(Polled(), HasSubstr("ca.pem: expected certificates of client authorities"));
  EXPECT_EQ(files_->identity().client_ca, second);
  EXPECT_EQ(calls_, 1);
}

TEST_F(TlsFilesTest, NothingIsAppliedBeforeSomebodyFollows) {
  const TlsPair first = SelfSigned("one");
  WritePair(first);
  ASSERT_TRUE(Read(Options()).ok());
  WritePair(SelfSigned("two"));
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(Certificate(), first.certificate);
}

TEST_F(TlsFilesTest, NothingIsAppliedAfterTheEnd) {
  const TlsPair first = SelfSigned("one");
  WritePair(first);
  Start();
  files_->StopFollowing();
  server_.reset();
  WritePair(SelfSigned("two"));
  EXPECT_EQ(Polled(), "");
  EXPECT_EQ(Certificate(), first.certificate);
}

TEST_F(TlsFilesTest, TheThreadLooksAndStops) {
  WritePair(SelfSigned("one"));
  TlsFilesOptions options = Options();
  options.poll_interval = absl::Milliseconds(5);
  Start(options);
  const TlsPair next = SelfSigned("two");
  WritePair(next);
  for (int i = 0; i < 2000 && Certificate() != next.certificate; ++i) absl::SleepFor(absl::Milliseconds(5));
  EXPECT_EQ(Certificate(), next.certificate);
  files_.reset();
}

}  // namespace
}  // namespace chartseal::webhook
