#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/publisher/push/writer_fixture.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kType = "application/octet-stream";

std::string Stored(sandbox::Registry& registry, const std::string& bytes) {
  const auto blob = registry.store().FindBlob("org/app", sandbox::ContentDigest(bytes));
  return blob == nullptr ? "absent" : *blob;
}

// As large as wanted, and nowhere the same.
std::string Blob(size_t size) {
  std::string blob;
  blob.reserve(size + 16);
  for (uint32_t i = 0; blob.size() < size; ++i) blob += std::to_string(i * 2654435761u);
  blob.resize(size);
  return blob;
}

TEST(BlobUploadTest, ABlobThatIsNotThereIsSentInOnePiece) {
  auto registry = StartRegistry();
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(pushed->digest.ToString(), sandbox::ContentDigest("hello"));
  EXPECT_EQ(pushed->size, 5);
  EXPECT_EQ(pushed->media_type, kType);
  EXPECT_EQ(Stored(*registry, "hello"), "hello");
  EXPECT_THAT(Requests(*registry), ElementsAre("HEAD blobs/sha256 404", "POST blobs/uploads/ 202",
                                               "PUT blobs/uploads/SESSION 201"));
}

TEST(BlobUploadTest, ABlobThatIsThereIsNotSent) {
  auto registry = StartRegistry();
  registry->PutBlob("org/app", "hello");
  auto writer = MakeWriter();
  ASSERT_TRUE(writer.PushBlob(Repo(*registry), "hello", kType, Soon()).ok());
  EXPECT_THAT(Requests(*registry), ElementsAre("HEAD blobs/sha256 200"));
}

TEST(BlobUploadTest, AHeadThatContradictsTheBlobDoesNotSpareTheUpload) {
  for (const auto& rewrite :
       {sandbox::ReplaceHeader("Docker-Content-Digest", sandbox::ContentDigest("other")),
        sandbox::AppendByte()}) {
    auto registry = StartRegistry();
    registry->PutBlob("org/app", "hello");
    registry->AddFault({.method = "HEAD", .rewrite = rewrite});
    auto writer = MakeWriter();
    ASSERT_TRUE(writer.PushBlob(Repo(*registry), "hello", kType, Soon()).ok());
    EXPECT_EQ(registry->log().Count("PUT", "*/blobs/uploads/*"), 1u);
  }
}

TEST(BlobUploadTest, AnEmptyBlobIsPushedToo) {
  auto registry = StartRegistry();
  auto writer = MakeWriter();
  ASSERT_TRUE(writer.PushBlob(Repo(*registry), "", kType, Soon()).ok());
  EXPECT_EQ(Stored(*registry, ""), "");
}

TEST(BlobUploadTest, AnAbsoluteLocationIsUsedWithItsQueryAsItCame) {
  auto registry = StartRegistry({.absolute_locations = true});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  const auto records = registry->log().Records();
  const std::string digest = sandbox::ContentDigest("hello");
  EXPECT_THAT(records.back().target, HasSubstr("?_state=q%2Fw%3D%3D&digest=sha256%3A" + digest.substr(7)));
}

TEST(BlobUploadTest, ALostUploadSessionIsBegunAgainWithTheWholeBlob) {
  auto registry = StartRegistry();
  registry->AddFault(
      {.method = "PUT",
       .path_glob = "*/uploads/*",
       .respond = sandbox::HttpResponse{
           .status = 404, .body = R"({"errors":[{"code":"BLOB_UPLOAD_UNKNOWN","message":"gone"}]})"}});
  auto writer = MakeWriter();
  ASSERT_TRUE(writer.PushBlob(Repo(*registry), "hello", kType, Soon()).ok());
  EXPECT_THAT(Requests(*registry),
              ElementsAre("HEAD blobs/sha256 404", "POST blobs/uploads/ 202", "PUT blobs/uploads/SESSION 404",
                          "DELETE blobs/uploads/SESSION 204", "POST blobs/uploads/ 202",
                          "PUT blobs/uploads/SESSION 201"));
}

TEST(BlobUploadTest, AConnectionThatBreaksIsNotContinuedButStartedOver) {
  auto registry = StartRegistry();
  // Twice: libcurl itself tries again when a connection that was used before turns out to be dead.
  registry->AddFault(
      {.method = "PUT", .path_glob = "*/uploads/*", .times = 2, .delivery = sandbox::ResetDelivery()});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_EQ(registry->log().Count("POST", "*"), 2u);
  EXPECT_EQ(registry->log().Count("PUT", "*"), 3u);
}

TEST(BlobUploadTest, AnUploadThatAlwaysBreaksIsGivenUpAndItsSessionsAreDeleted) {
  auto registry = StartRegistry();
  registry->AddFault(
      {.method = "PUT", .path_glob = "*/uploads/*", .times = -1, .respond = sandbox::StatusAnswer(503)});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  EXPECT_EQ(pushed.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(pushed.status()), HasSubstr("the upload broke 3 times: uploading blob sha256:"));
  EXPECT_THAT(Message(pushed.status()),
              HasSubstr(" to " + registry->host() + "/org/app: the registry answered 503"));
  EXPECT_EQ(registry->log().Count("POST", "*"), 3u);
  EXPECT_EQ(registry->log().Count("DELETE", "*/uploads/*"), 3u);
}

TEST(BlobUploadTest, ARefusedUploadIsNotTriedAgain) {
  auto registry = StartRegistry();
  registry->AddFault({.method = "PUT",
                      .path_glob = "*/uploads/*",
                      .times = -1,
                      .respond = sandbox::HttpResponse{
                          .status = 400, .body = R"({"errors":[{"code":"NAME_INVALID","message":"odd"}]})"}});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  EXPECT_EQ(pushed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Message(pushed.status()), HasSubstr("the registry answered 400: NAME_INVALID: odd"));
  EXPECT_EQ(registry->log().Count("POST", "*"), 1u);
  EXPECT_EQ(registry->log().Count("DELETE", "*"), 1u);
}

TEST(BlobUploadTest, ADigestThatTheRegistryTellsOtherwiseIsAnError) {
  auto registry = StartRegistry();
  registry->AddFault(
      {.method = "PUT",
       .path_glob = "*/uploads/*",
       .rewrite = sandbox::ReplaceHeader("Docker-Content-Digest", sandbox::ContentDigest("other"))});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  EXPECT_EQ(pushed.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kDigestMismatch);
  EXPECT_THAT(Message(pushed.status()), HasSubstr("expected " + sandbox::ContentDigest("hello") + ", found " +
                                                  sandbox::ContentDigest("other")));
}

TEST(BlobUploadTest, AnOddSuccessCountsOnlyWhenTheBlobIsThereAfterwards) {
  auto kept = StartRegistry();
  kept->AddFault(
      {.method = "PUT", .path_glob = "*/uploads/*", .times = -1, .rewrite = [](const auto&, auto& response) {
         response.status = 204;
       }});
  auto writer = MakeWriter();
  EXPECT_TRUE(writer.PushBlob(Repo(*kept), "hello", kType, Soon()).ok());
  EXPECT_EQ(kept->log().Count("HEAD", "*"), 2u);

  auto lost = StartRegistry();
  lost->AddFault({.method = "PUT",
                  .path_glob = "*/uploads/*",
                  .times = -1,
                  .respond = sandbox::HttpResponse{.status = 202}});
  const auto pushed = writer.PushBlob(Repo(*lost), "hello", kType, Soon());
  EXPECT_THAT(Message(pushed.status()), HasSubstr("the registry took the blob (202) and does not have it"));
}

// Larger than one chunk, and no multiple of it.
const std::string& Large() {
  static const std::string large = Blob(2 * limits::kUploadChunkBytes + 12345);
  return large;
}

std::vector<std::string> ContentRanges(sandbox::Registry& registry) {
  std::vector<std::string> ranges;
  for (const auto& record : registry.log().Records()) {
    if (record.method == "PATCH") ranges.push_back(record.headers.find("content-range")->second);
  }
  return ranges;
}

TEST(BlobUploadTest, WhatIsTooLargeForOnePutGoesInChunksOfANewSession) {
  for (const int refusal : {413, 416, 400}) {
    auto registry = StartRegistry({.absolute_locations = true,
                                   .max_patch_bytes = limits::kUploadChunkBytes,
                                   .max_put_bytes = 1 << 20,
                                   .put_refusal = refusal});
    auto writer = MakeWriter();
    const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
    ASSERT_TRUE(pushed.ok()) << refusal << ": " << pushed.status();
    EXPECT_TRUE(Stored(*registry, Large()) == Large());
    EXPECT_THAT(Requests(*registry),
                ElementsAre("HEAD blobs/sha256 404", "POST blobs/uploads/ 202",
                            "PUT blobs/uploads/SESSION " + std::to_string(refusal),
                            "DELETE blobs/uploads/SESSION 204", "POST blobs/uploads/ 202",
                            "PATCH blobs/uploads/SESSION 202", "PATCH blobs/uploads/SESSION 202",
                            "PATCH blobs/uploads/SESSION 202", "PUT blobs/uploads/SESSION 201"));
    EXPECT_THAT(ContentRanges(*registry), ElementsAre("0-4194303", "4194304-8388607", "8388608-8400952"));
  }
}

TEST(BlobUploadTest, ChunksAreAsLargeAsTheRegistryWantsThem) {
  auto registry = StartRegistry({.max_put_bytes = 1 << 20, .chunk_min_bytes = 5 << 20});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_THAT(ContentRanges(*registry), ElementsAre("0-5242879", "5242880-8400952"));
}

TEST(BlobUploadTest, ARegistryThatWantsHugeChunksIsToldNo) {
  auto registry = StartRegistry({.max_put_bytes = 1 << 20, .chunk_min_bytes = 65 << 20});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kLimitExceeded);
  EXPECT_THAT(Message(pushed.status()), HasSubstr("wants chunks of at least 68157440 bytes"));
  EXPECT_EQ(registry->log().Count("PATCH", "*"), 0u);
  EXPECT_EQ(registry->log().Count("DELETE", "*/uploads/*"), 2u);
}

TEST(BlobUploadTest, WhatTheRegistryDidNotTakeOfAChunkIsSentWithTheNext) {
  auto registry = StartRegistry({.max_put_bytes = 1 << 20, .chunk_takes = 4'000'000});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_TRUE(Stored(*registry, Large()) == Large());
  EXPECT_THAT(ContentRanges(*registry), ElementsAre("0-4194303", "4000000-8194303", "8000000-8400952"));
}

TEST(BlobUploadTest, ARangeThatCannotBeIsABrokenSession) {
  for (const char* range : {"0-4194304", "0-0-", "bytes 0-4194303", "1-4194303", "0-99999999999999999999"}) {
    auto registry = StartRegistry({.max_put_bytes = 1 << 20});
    registry->AddFault({.method = "PATCH", .times = -1, .rewrite = sandbox::ReplaceHeader("Range", range)});
    auto writer = MakeWriter();
    const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
    EXPECT_EQ(ReasonOf(pushed.status()), Reason::kRegistryError) << range;
    EXPECT_THAT(Message(pushed.status()),
                HasSubstr(Cat("after bytes 0-4194303 the registry says that it has \"", range, "\"")));
    EXPECT_EQ(registry->log().Count("PATCH", "*"), 3u) << range;
  }
}

TEST(BlobUploadTest, ARegistryThatTakesNextToNothingOfEachChunkIsGivenUp) {
  auto registry = StartRegistry({.max_put_bytes = 1 << 20, .chunk_takes = 10});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
  EXPECT_THAT(Message(pushed.status()), HasSubstr("the registry says that it has \"0-39\""));
  EXPECT_EQ(registry->log().Count("PATCH", "*"), 12u);
}

TEST(BlobUploadTest, AChunkOutOfOrderStartsTheBlobOver) {
  auto registry = StartRegistry({.max_put_bytes = 1 << 20});
  registry->AddFault({.method = "PATCH", .skip = 1, .respond = sandbox::StatusAnswer(416)});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
  ASSERT_TRUE(pushed.ok()) << pushed.status();
  EXPECT_THAT(ContentRanges(*registry),
              ElementsAre("0-4194303", "4194304-8388607", "0-4194303", "4194304-8388607", "8388608-8400952"));
}

TEST(BlobUploadTest, AChunkThatIsTooLargeIsTheEnd) {
  auto registry = StartRegistry({.max_put_bytes = 1 << 20});
  registry->AddFault({.method = "PATCH", .times = -1, .respond = sandbox::StatusAnswer(413)});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), Large(), kType, Soon());
  EXPECT_THAT(Message(pushed.status()), HasSubstr("the registry answered 413"));
  EXPECT_THAT(Message(pushed.status()), HasSubstr("takes nothing of this size"));
  EXPECT_EQ(registry->log().Count("PATCH", "*"), 1u);
}

TEST(BlobUploadTest, AnUploadWithoutALocationIsAnError) {
  auto registry = StartRegistry();
  registry->AddFault({.method = "POST", .respond = sandbox::HttpResponse{.status = 202}});
  auto writer = MakeWriter();
  const auto pushed = writer.PushBlob(Repo(*registry), "hello", kType, Soon());
  EXPECT_EQ(ReasonOf(pushed.status()), Reason::kRegistryError);
  EXPECT_THAT(Message(pushed.status()), HasSubstr("without saying where (no Location)"));
}

}  // namespace
}  // namespace chartseal::publisher
