#include "audit/release_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

const Collection kSecrets = {{"", "v1", "Secret"}, "secrets"};
const Collection kConfigMaps = {{"", "v1", "ConfigMap"}, "configmaps"};

Node Record(const std::string& object_name, const std::string& release, const std::string& version,
            const std::string& namespace_name = "shop") {
  return ParseJson(
             Cat(R"({"metadata":{"namespace":")", namespace_name, R"(","name":")", object_name,
                 R"(","labels":{"owner":"helm","name":")", release, R"(","version":")", version, R"("}}})"),
             "record")
      .value();
}

Node Revision(const std::string& release, int revision, const std::string& namespace_name = "shop") {
  return Record(Cat("sh.helm.release.v1.", release, ".v", revision), release, std::to_string(revision),
                namespace_name);
}

std::vector<std::string> Paths(ReleaseRecords records, bool all_revisions = false) {
  std::vector<std::string> paths;
  for (const ReleaseRecord& record : std::move(records).Take(all_revisions)) paths.push_back(record.path);
  return paths;
}

TEST(ReleaseRecordsTest, TheLatestRevisionOfEachReleaseCounts) {
  ReleaseRecords records;
  for (const int revision : {9, 10, 8}) records.Add(Revision("web", revision), kSecrets);
  records.Add(Revision("web", 3, "other"), kSecrets);
  records.Add(Revision("web", 2), kConfigMaps);
  EXPECT_THAT(Paths(std::move(records)),
              UnorderedElementsAre("/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v10",
                                   "/api/v1/namespaces/other/secrets/sh.helm.release.v1.web.v3",
                                   "/api/v1/namespaces/shop/configmaps/sh.helm.release.v1.web.v2"));
}

TEST(ReleaseRecordsTest, AllRevisionsWhenTheyAreAskedFor) {
  ReleaseRecords records;
  for (const int revision : {1, 2, 3}) records.Add(Revision("web", revision), kSecrets);
  EXPECT_EQ(Paths(std::move(records), true).size(), 3u);
}

TEST(ReleaseRecordsTest, FoundByLabelAndByTypeCountsOnce) {
  ReleaseRecords records;
  EXPECT_TRUE(records.Add(Revision("web", 1), kSecrets));
  EXPECT_FALSE(records.Add(Revision("web", 1), kSecrets));
  EXPECT_TRUE(records.Add(Revision("web", 1), kConfigMaps));
  EXPECT_EQ(Paths(std::move(records)).size(), 2u);
}

TEST(ReleaseRecordsTest, LabelsThatDisagreeWithTheNameHideNothing) {
  ReleaseRecords records;
  records.Add(Revision("web", 1), kSecrets);
  // helm, which goes by labels, takes this for revision 7 of "web"; and a high number in the name would make
  // everything before it look as if it were over.
  records.Add(Record("sh.helm.release.v1.other.v1", "web", "7"), kSecrets);
  records.Add(Record("sh.helm.release.v1.web.v99", "web", "1"), kSecrets);
  records.Add(Record("innocent", "web", "8"), kSecrets);
  EXPECT_EQ(Paths(std::move(records)).size(), 4u);
}

}  // namespace
}  // namespace chartseal::audit
