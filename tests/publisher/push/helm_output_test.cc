#include "publisher/push/helm_output.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/limits.h"
#include "verifier/base/status.h"

namespace chartseal::publisher {
namespace {

using ::testing::HasSubstr;

const std::string kOne = "sha256:" + std::string(64, '1');
const std::string kTwo = "sha256:" + std::string(64, '2');

std::string Read(const std::string& text) {
  const auto output = ParseHelmOutput(text);
  if (!output.ok()) return std::string(Name(ReasonOf(output.status()))) + ": " + Message(output.status());
  return output->digest.ToString() + " " + output->reference.value_or("-");
}

TEST(HelmOutputTest, ThePlainOutputOfAPushIsRead) {
  EXPECT_EQ(Read("Pushed: ghcr.io/org/charts/app:1.2.3\nDigest: " + kOne + "\n"),
            kOne + " ghcr.io/org/charts/app:1.2.3");
  EXPECT_EQ(Read("Pushed: localhost:5000/a/app:1.2.3\nDigest: " + kOne),
            kOne + " localhost:5000/a/app:1.2.3");
}

TEST(HelmOutputTest, TheNoticeAboutUnderscoresMayFollow) {
  EXPECT_EQ(
      Read("Pushed: reg.test/app:0.1.0_b.1\nDigest: " + kOne +
           "\nreg.test/app:0.1.0_b.1 contains an underscore.\n\nOCI artifact references (e.g. tags) do not "
           "support the plus sign (+).\n"),
      kOne + " reg.test/app:0.1.0_b.1");
}

TEST(HelmOutputTest, LogLinesAroundItDoNotMatter) {
  EXPECT_EQ(
      Read("WARNING: Kubernetes configuration file is group-readable.\n"
           "level=debug msg=\"response Docker-Content-Digest: sha256:0\"\nPushed: reg.test/app:1\nDigest: " +
           kOne + "\n>  Docker-Content-Digest: " + kTwo + "\nDone.\n"),
      kOne + " reg.test/app:1");
}

TEST(HelmOutputTest, LineEndsAndColoursOfTerminalsDoNotMatter) {
  EXPECT_EQ(Read("Pushed: reg.test/app:1\r\nDigest: " + kOne + "\r\n"), kOne + " reg.test/app:1");
  EXPECT_EQ(Read("uploading 10%\rPushed: reg.test/app:1\rDigest: " + kOne), kOne + " reg.test/app:1");
  EXPECT_EQ(
      Read("\x1b[1;32mPushed: reg.test/app:1\x1b[0m\n\x1b]0;title\aDigest: \x1b[36m" + kOne + "\x1b[m\n"),
      kOne + " reg.test/app:1");
  EXPECT_EQ(Read("\x1b]8;;http://x\x1b\\Digest: " + kOne + "\n"), kOne + " -");
}

TEST(HelmOutputTest, OfSeveralTriesTheLastCounts) {
  EXPECT_EQ(Read("Pushed: reg.test/app:1\nDigest: " + kOne +
                 "\nretrying\nPushed: reg.test/app:2\nDigest: " + kTwo + "\n"),
            kTwo + " reg.test/app:2");
  EXPECT_EQ(Read("Digest: " + kOne + "\nDigest: " + kTwo + "\nPushed: reg.test/late:1\n"), kTwo + " -");
}

TEST(HelmOutputTest, NothingFoundIsAnError) {
  for (const char* text : {"", "\n", "Error: failed to authorize\n", "Pushed: reg.test/app:1\n",
                           "digest: sha256:1\n", "DIGEST:\n", "Docker-Content-Digest: sha256:1\n"}) {
    EXPECT_THAT(Read(text),
                HasSubstr("helm-output-malformed: helm's output: no line begins with \"Digest:\""))
        << text;
  }
  EXPECT_THAT(Read("Docker-Content-Digest: " + kOne), HasSubstr("give both (2>&1)"));
}

TEST(HelmOutputTest, AMalformedLastDigestIsNotReplacedByTheOneBefore) {
  const std::string hex(63, 'a');
  for (const std::string& last : std::vector<std::string>{
           "Digest:", "Digest: ", "Digest: sha256:", "Digest: sha256:" + hex, "Digest: sha256:" + hex + "A",
           "Digest: sha256:" + hex + "ab", "Digest: sha256:" + hex + "g", "Digest: SHA256:" + hex + "a",
           "Digest:  sha256:" + hex + "a", "Digest:sha256:" + hex + "a", "Digest:\tsha256:" + hex + "a",
           "Digest: sha256:" + hex + "a ", "Digest: sha256:" + hex + "a extra",
           "Digest: sha512:" + std::string(128, 'a'), "Digest: sha384:" + std::string(96, 'a'),
           "Digest: " + hex + "a", "Digest: sha256:" + hex + "aPushed: x",
           "Digest: sha256:" + hex + std::string(1, '\0')}) {
    EXPECT_THAT(Read("Digest: " + kOne + "\n" + last),
                HasSubstr("helm-output-malformed: helm's output: the last "
                          "digest in it is not \"Digest: sha256:\""))
        << last;
    EXPECT_THAT(Read(last + "\n"), HasSubstr("nothing else is taken in its place")) << last;
  }
}

TEST(HelmOutputTest, ADigestGluedToAnotherLineMakesTheLastOneUncertain) {
  for (const std::string& glued :
       {"Warning: slowDigest: " + kTwo, " Digest: " + kTwo, "2026-01-01T00:00:00Z Digest: " + kTwo,
        std::string("oopsDigest: sha2"), "\"Digest: " + kOne + "\""}) {
    EXPECT_THAT(Read("Pushed: reg.test/app:1\nDigest: " + kOne + "\n" + glued + "\n"),
                HasSubstr("a digest stands inside another line"))
        << glued;
  }
  EXPECT_THAT(Read("fooDigest: " + kOne + "\n"), HasSubstr("a digest stands inside another line"));
  // One that comes before, or says the same, takes nothing away.
  EXPECT_EQ(Read("fooDigest: " + kTwo + "\nDigest: " + kOne + "\n"), kOne + " -");
  EXPECT_EQ(Read("Digest: " + kOne + "\nlog: Digest: " + kOne + "\n"), kOne + " -");
}

TEST(HelmOutputTest, ADigestOfAPullIsNotTakenForOneOfAPush) {
  EXPECT_THAT(Read("Pushed: reg.test/app:1\nDigest: " + kOne + "\nPulled: reg.test/other:1\nDigest: " + kTwo),
              HasSubstr("the last digest in it is of a pull"));
}

TEST(HelmOutputTest, APlaceThatIsNoReferenceIsAnError) {
  for (const char* place : {"", "app", "reg.test", "reg.test/App:1", "reg.test/app:1 and more", "../app:1"}) {
    EXPECT_THAT(Read("Pushed: " + std::string(place) + "\nDigest: " + kOne + "\n"),
                HasSubstr("helm-output-malformed: helm's output: the line before the digest does not name"))
        << place;
  }
}

TEST(HelmOutputTest, ATextWithoutEndIsNotSearched) {
  EXPECT_THAT(Read(std::string(limits::kMaxTextOfOthersBytes, '\n') + "Digest: " + kOne),
              HasSubstr("limit-exceeded: helm's output: 4194"));
}

}  // namespace
}  // namespace chartseal::publisher
