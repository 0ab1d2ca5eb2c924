#include "verifier/oci/mirrors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/base/why.h"
#include "tests/oci/client_fixture.h"
#include "verifier/base/strict_yaml.h"

namespace chartseal::oci {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

// Answers by "host" from a table, and remembers whom it was asked to read from, and until when.
class FakeSource : public ArtifactSource {
 public:
  absl::StatusOr<Descriptor> ResolveTag(const Reference& reference, absl::Time deadline) override {
    RETURN_IF_ERROR(Ask(reference, deadline));
    return BlobOf(Cat("resolved at ", reference.host()));
  }
  absl::StatusOr<ManifestBytes> FetchManifest(const Reference& repository, const crypto::Digest& digest,
                                              size_t, absl::Time deadline) override {
    RETURN_IF_ERROR(Ask(repository, deadline));
    return ManifestBytes{"{}", "", digest};
  }
  absl::StatusOr<ManifestBytes> FetchManifestByTag(const Reference& repository, std::string_view, size_t,
                                                   absl::Time deadline) override {
    RETURN_IF_ERROR(Ask(repository, deadline));
    return ManifestBytes{repository.host(), "", crypto::Digest::Sha256Of(repository.host())};
  }
  absl::StatusOr<std::string> FetchBlob(const Reference& repository, const Descriptor&, size_t,
                                        absl::Time deadline) override {
    RETURN_IF_ERROR(Ask(repository, deadline));
    return repository.host();
  }
  absl::StatusOr<ReferrersResult> ListReferrers(const Reference& repository, const crypto::Digest&,
                                                absl::Time deadline) override {
    RETURN_IF_ERROR(Ask(repository, deadline));
    ReferrersResult result{{}, ReferrersOrigin::kApi};
    if (!empty.contains(repository.host())) result.descriptors.push_back(BlobOf(repository.host()));
    return result;
  }
  absl::StatusOr<std::vector<std::string>> ListTags(const Reference& repository,
                                                    absl::Time deadline) override {
    RETURN_IF_ERROR(Ask(repository, deadline));
    if (empty.contains(repository.host())) return std::vector<std::string>();
    return std::vector<std::string>{Cat("at-", repository.host())};
  }

  std::map<std::string, absl::Status> failures;
  std::set<std::string> empty;  // hosts where nothing is attached
  std::vector<std::string> asked;
  std::vector<absl::Time> deadlines;

 private:
  absl::Status Ask(const Reference& reference, absl::Time deadline) {
    asked.push_back(reference.Name());
    deadlines.push_back(deadline);
    const auto found = failures.find(reference.host());
    return found == failures.end() ? absl::OkStatus() : found->second;
  }
};

absl::Status Fails(absl::StatusCode code, Reason reason) {
  return WithReason(absl::Status(code, "as the test wants"), reason);
}
const absl::Status kGone = Fails(absl::StatusCode::kUnavailable, Reason::kUnreachable);
const absl::Status kNotThere = Fails(absl::StatusCode::kNotFound, Reason::kNotFound);
const absl::Status kSilent = Fails(absl::StatusCode::kDeadlineExceeded, Reason::kDeadlineExceeded);

class MirrorsTest : public testing::Test {
 protected:
  explicit MirrorsTest(bool fallback = true) : mirrors_(Make(fallback)) {}

  MirroredSource Make(bool fallback) {
    const auto list = ParseYaml(Cat("[{from: origin.test/acme, to: [m1.test/o, m2.test], fallback: ",
                                    fallback ? "true" : "false", "}]"),
                                "table");
    MirrorOptions options;
    options.clock = [this] { return now_; };
    options.on_passed_over = [this](std::string_view mirror, const absl::Status& why) {
      passed_over_.push_back(Cat(mirror, " ", Name(ReasonOf(why))));
    };
    return {source_, MirrorTable::Read(*list, "table").value(), options};
  }

  std::string Blob() {
    const auto blob = mirrors_.FetchBlob(image_, BlobOf("x"), 100, kStart + absl::Seconds(8));
    return blob.ok() ? *blob : Why(blob);
  }
  std::string Attached() {
    const auto list = mirrors_.ListReferrers(image_, digest_, kStart + absl::Seconds(8));
    if (!list.ok()) return Why(list);
    return list->descriptors.empty() ? "nothing" : list->descriptors[0].digest.ToString();
  }
  static std::string ListOf(const std::string& host) { return BlobOf(host).digest.ToString(); }

  const Reference image_ = Ref("origin.test/acme/app:1");
  const crypto::Digest digest_ = crypto::Digest::Sha256Of("image");
  std::shared_ptr<FakeSource> source_ = std::make_shared<FakeSource>();
  absl::Time now_ = kStart;
  std::vector<std::string> passed_over_;
  MirroredSource mirrors_;
};

class MirrorsOnlyTest : public MirrorsTest {
 protected:
  MirrorsOnlyTest() : MirrorsTest(false) {}
};

TEST_F(MirrorsTest, TheFirstMirrorThatHasItIsTheOnlyOneAsked) {
  EXPECT_EQ(Blob(), "m1.test");
  EXPECT_THAT(source_->asked, ElementsAre("m1.test/o/app"));
}

TEST_F(MirrorsTest, ANameWithoutARuleIsReadWhereItSays) {
  EXPECT_EQ(*mirrors_.FetchBlob(Ref("other.test/acme/app:1"), BlobOf("x"), 100, kStart), "other.test");
}

TEST_F(MirrorsTest, WhatAMirrorDoesNotHaveIsReadFromTheNext) {
  source_->failures["m1.test"] = kNotThere;
  EXPECT_EQ(Blob(), "m2.test");
  source_->failures["m2.test"] = kNotThere;
  EXPECT_EQ(Blob(), "origin.test");
  EXPECT_TRUE(passed_over_.empty()) << "an incomplete mirror is no failure";
}

TEST_F(MirrorsTest, AMirrorThatCannotBeReachedIsPassedOverAndReported) {
  source_->failures["m1.test"] = kGone;
  EXPECT_EQ(Blob(), "m2.test");
  EXPECT_THAT(passed_over_, ElementsAre("m1.test/o registry-unreachable"));
}

TEST_F(MirrorsTest, NotFoundIsSaidOnlyWhenEveryPlaceSaysSo) {
  for (const char* host : {"m1.test", "m2.test", "origin.test"}) source_->failures[host] = kNotThere;
  EXPECT_THAT(Blob(), StartsWith("not-found: "));
  EXPECT_EQ(source_->asked.size(), 3);
}

TEST_F(MirrorsTest, APlaceThatCouldNotBeAskedOutweighsNotFound) {
  source_->failures = {{"m1.test", kNotThere}, {"m2.test", kNotThere}, {"origin.test", kGone}};
  EXPECT_THAT(Blob(), StartsWith("registry-unreachable: "));
  source_->failures = {{"m1.test", kGone}, {"m2.test", kNotThere}, {"origin.test", kNotThere}};
  EXPECT_THAT(Blob(), StartsWith("registry-unreachable: mirror m1.test/o: "));
}

TEST_F(MirrorsTest, WrongBytesOfAMirrorAreReportedAndNobodyElseIsAsked) {
  source_->failures["m1.test"] = Fails(absl::StatusCode::kDataLoss, Reason::kDigestMismatch);
  EXPECT_THAT(Blob(), StartsWith("content-digest-mismatch: mirror m1.test/o: "));
  EXPECT_EQ(source_->asked.size(), 1);
}

TEST_F(MirrorsTest, AMirrorThatAnswersWithAnErrorIsReportedAndNobodyElseIsAsked) {
  for (const auto& [code, reason] : std::vector<std::pair<absl::StatusCode, Reason>>{
           {absl::StatusCode::kUnauthenticated, Reason::kUnauthorized},
           {absl::StatusCode::kPermissionDenied, Reason::kUnauthorized},
           {absl::StatusCode::kPermissionDenied, Reason::kDialRefused},
           {absl::StatusCode::kFailedPrecondition, Reason::kTlsFailed},
           {absl::StatusCode::kInvalidArgument, Reason::kManifestMalformed},
           {absl::StatusCode::kResourceExhausted, Reason::kRateLimited},
           {absl::StatusCode::kResourceExhausted, Reason::kLimitExceeded}}) {
    source_->asked.clear();
    source_->failures["m1.test"] = Fails(code, reason);
    EXPECT_THAT(Blob(), StartsWith(Cat(Name(reason), ": mirror m1.test/o: ")));
    EXPECT_EQ(source_->asked.size(), 1) << Name(reason);
  }
}

TEST_F(MirrorsTest, ASilentMirrorGetsHalfOfTheTimeThatIsLeftAndTheLastPlaceAllOfIt) {
  for (const char* host : {"m1.test", "m2.test", "origin.test"}) source_->failures[host] = kSilent;
  EXPECT_THAT(Blob(), StartsWith("deadline-exceeded: mirror m1.test/o: "));
  EXPECT_THAT(source_->deadlines,
              ElementsAre(kStart + absl::Seconds(4), kStart + absl::Seconds(4), kStart + absl::Seconds(8)));
}

TEST_F(MirrorsTest, AMirrorThatWasAwayIsAskedLastForAWhile) {
  source_->failures["m1.test"] = kGone;
  Blob();
  source_->asked.clear();
  EXPECT_EQ(Blob(), "m2.test");
  EXPECT_THAT(source_->asked, ElementsAre("m2.test/app"));
  now_ += absl::Seconds(11);
  source_->failures.clear();
  EXPECT_EQ(Blob(), "m1.test");
}

TEST_F(MirrorsTest, AMirrorThatIsBackIsNoLongerAway) {
  source_->failures["m1.test"] = kGone;
  Blob();
  source_->failures = {{"m2.test", kGone}, {"origin.test", kGone}};
  EXPECT_EQ(Blob(), "m1.test") << "asked last, and there";
  source_->failures.clear();
  EXPECT_EQ(Blob(), "m1.test");
}

TEST_F(MirrorsTest, SignaturesThatAMirrorLacksAreLookedForElsewhere) {
  source_->empty = {"m1.test"};
  EXPECT_EQ(Attached(), ListOf("m2.test"));
  source_->empty = {"m1.test", "m2.test"};
  EXPECT_EQ(Attached(), ListOf("origin.test"));
}

TEST_F(MirrorsTest, NothingAttachedIsSaidOnlyWhenEveryPlaceSaysSo) {
  source_->empty = {"m1.test", "m2.test", "origin.test"};
  EXPECT_EQ(Attached(), "nothing");
  EXPECT_EQ(source_->asked.size(), 3);
}

TEST_F(MirrorsTest, AnIncompleteMirrorIsNoProofWhileTheOriginCannotBeAsked) {
  source_->empty = {"m1.test", "m2.test"};
  source_->failures["origin.test"] = kGone;
  EXPECT_THAT(Attached(), StartsWith("registry-unreachable: "));
}

TEST_F(MirrorsTest, AnEmptyListIsAnswerEnoughWhenTheOthersDoNotKnowTheRepository) {
  source_->empty = {"m1.test"};
  source_->failures = {{"m2.test", kNotThere}, {"origin.test", kNotThere}};
  EXPECT_EQ(Attached(), "nothing");
}

TEST_F(MirrorsTest, TagsAreThoseOfTheFirstPlaceThatHasSome) {
  const auto tags = [&] { return mirrors_.ListTags(image_, kStart + absl::Seconds(8)); };
  EXPECT_THAT(*tags(), ElementsAre("at-m1.test"));
  source_->empty = {"m1.test"};
  EXPECT_THAT(*tags(), ElementsAre("at-m2.test"));
  source_->failures["m2.test"] = kGone;
  EXPECT_THAT(*tags(), ElementsAre("at-origin.test"));
  source_->failures["m1.test"] = Fails(absl::StatusCode::kUnauthenticated, Reason::kUnauthorized);
  EXPECT_EQ(ReasonOf(tags().status()), Reason::kUnauthorized);
}

TEST_F(MirrorsTest, TagsAndManifestsFollowTheSameRule) {
  source_->failures = {{"m1.test", kNotThere}, {"m2.test", kGone}};
  const absl::Time deadline = kStart + absl::Seconds(8);
  EXPECT_EQ(mirrors_.FetchManifestByTag(image_, "sha256-x.sig", 100, deadline)->bytes, "origin.test");
  EXPECT_EQ(Why(mirrors_.FetchManifest(image_, digest_, 100, deadline)), "ok");
  EXPECT_EQ(mirrors_.ResolveTag(image_, deadline)->digest, BlobOf("resolved at origin.test").digest);
}

TEST_F(MirrorsOnlyTest, WithoutFallbackTheOriginIsNeverAsked) {
  source_->failures = {{"m1.test", kNotThere}, {"m2.test", kGone}};
  EXPECT_THAT(Blob(), StartsWith("registry-unreachable: mirror m2.test: "));
  source_->failures.clear();
  source_->empty = {"m1.test", "m2.test"};
  EXPECT_EQ(Attached(), "nothing");
  for (const std::string& name : source_->asked) EXPECT_THAT(name, Not(HasSubstr("origin.test")));
}

// -- Over HTTP.

class MirroredRegistryTest : public testing::Test {
 protected:
  MirroredSource Over(const std::string& from, const std::string& to) {
    const auto list = ParseYaml(Cat("[{from: \"", from, "\", to: [\"", to, "\"]}]"), "table");
    return {StartClient(), MirrorTable::Read(*list, "table").value()};
  }
  std::unique_ptr<sandbox::Registry> origin_ = StartRegistry();
  std::unique_ptr<sandbox::Registry> mirror_ = StartRegistry();
  static constexpr char kType[] = "application/vnd.oci.image.manifest.v1+json";
};

TEST_F(MirroredRegistryTest, ContentComesFromTheMirrorAndWhatItLacksFromTheOrigin) {
  MirroredSource source = Over(Cat(origin_->host(), "/acme"), Cat(mirror_->host(), "/copy/acme"));
  mirror_->PutBlob("copy/acme/app", "in the mirror");
  origin_->PutBlob("acme/app", "only in the origin");
  const Reference image = Ref(Cat(origin_->host(), "/acme/app:1"));
  EXPECT_EQ(*source.FetchBlob(image, BlobOf("in the mirror"), 100, Soon()), "in the mirror");
  EXPECT_EQ(*source.FetchBlob(image, BlobOf("only in the origin"), 100, Soon()), "only in the origin");
  EXPECT_THAT(Why(source.FetchBlob(image, BlobOf("nowhere"), 100, Soon())), StartsWith("not-found: "));
}

TEST_F(MirroredRegistryTest, SignaturesOfTheOriginAreFoundForAnImageInTheMirror) {
  MirroredSource source = Over(origin_->host(), mirror_->host());
  const std::string image = mirror_->PutManifest("acme/app", kType, ManifestJson("image"));
  origin_->PutManifest("acme/app", kType, ManifestJson("image"));
  const std::string signature = origin_->PutManifest("acme/app", kType, ManifestJson("signature", image));
  const Reference name = Ref(Cat(origin_->host(), "/acme/app:1"));
  const auto list = source.ListReferrers(name, DigestOf(image), Soon());
  ASSERT_EQ(Why(list), "ok");
  ASSERT_EQ(list->descriptors.size(), 1);
  EXPECT_EQ(list->descriptors[0].digest.ToString(), signature);
  EXPECT_EQ(Why(source.FetchManifest(name, DigestOf(signature), 1000, Soon())), "ok");
}

TEST_F(MirroredRegistryTest, AMirrorThatIsGoneDoesNotStopTheOrigin) {
  const std::string gone = mirror_->host();
  mirror_.reset();
  MirroredSource source = Over(origin_->host(), gone);
  origin_->PutBlob("acme/app", "here");
  EXPECT_EQ(*source.FetchBlob(Ref(Cat(origin_->host(), "/acme/app:1")), BlobOf("here"), 100, Soon()), "here");
}

}  // namespace
}  // namespace chartseal::oci
