#include <gtest/gtest.h>

#include "tests/chart/release_writer.h"
#include "verifier/chart/fingerprint.h"
#include "verifier/chart/release.h"

// What a change of each member of a record changes: its core, its fingerprint, both or neither.
namespace chartseal::chart {
namespace {

Release Read(const std::string& json) {
  auto release = ReadRelease(Encoded(json), "rec");
  EXPECT_TRUE(release.ok()) << release.status();
  return release.ok() ? *std::move(release) : Release();
}

struct Change {
  std::string from;
  std::string to;
};

void ExpectChanges(const std::vector<Change>& changes, bool core, bool fingerprint) {
  const Release before = Read(RecordJson());
  for (const auto& [from, to] : changes) {
    const Release after = Read(Replaced(RecordJson(), from, to));
    EXPECT_EQ(after.core != before.core, core) << to;
    EXPECT_EQ(ContentFingerprint(after.content) != ContentFingerprint(before.content), fingerprint) << to;
  }
}

TEST(Release, ChangesCoreAndFingerprintWithTheChart) {
  ExpectChanges({{R"("name":"app")", R"("name":"apq")"},
                 {"https://home.test", "https://home.tesu"},
                 {R"("sources":["https://source.test"])", R"("sources":["https://source.tesu"])"},
                 {R"("version":"1.2.3")", R"("version":"1.2.4")"},
                 {R"(\u0026 c")", R"(\u0026 d")"},
                 {R"("keywords":["k"])", R"("keywords":["l"])"},
                 {R"("name":"Ann")", R"("name":"Ans")"},
                 {"ann@example.test", "ans@example.test"},
                 {"https://ann.test", "https://ans.test"},
                 {"https://icon.test", "https://icons.test"},
                 {R"("apiVersion":"v2")", R"("apiVersion":"v1")"},
                 {R"("condition":"c.on")", R"("condition":"c.off")"},
                 {R"("tags":"t1")", R"("tags":"t3")"},
                 {R"("appVersion":"7")", R"("appVersion":"8")"},
                 {R"("deprecated":true,)", ""},
                 {R"("example.test/a":"1")", R"("example.test/a":"2")"},
                 {R"("example.test/a":"1")", R"("example.test/a":"1","b":"")"},
                 {R"("kubeVersion":"\u003e=1.25")", R"("kubeVersion":"\u003e=1.26")"},
                 {R"("type":"application")", R"("type":"library")"},
                 {"03:04:05.6+02:00", "03:04:05.7+02:00"},
                 {"03:04:05.6+02:00", "01:04:05.6Z"},
                 {"sha256:00", "sha256:01"},
                 {R"({"name":"sub","version":"0.1.0")", R"({"name":"suc","version":"0.1.0")"},
                 {R"("lock":{)", R"("lock":null,"x":{)"},
                 {R"("name":"templates/a.yaml")", R"("name":"templates/c.yaml")"},
                 {R"("data":"YTogMQo=")", R"("data":"YTogMgo=")"},
                 {R"("schema":"e30=")", R"("schema":"e30g")"},
                 {R"("schema":"e30=")", R"("schema":null)"},
                 {R"("name":"README.md")", R"("name":"readme.md")"},
                 {R"("data":"IyBhcHAK")", R"("data":"IyBhcHBK")"}},
                /*core=*/true, /*fingerprint=*/true);
}

TEST(Release, ChangesItsCoreWithAllThatARevisionKeeps) {
  ExpectChanges({{R"("name":"rel")", R"("name":"rem")"},
                 {R"("version":3)", R"("version":4)"},
                 {R"("namespace":"ns")", R"("namespace":"nt")"},
                 {R"("apply_method":"ssa")", R"("apply_method":"csa")"},
                 {R"(,"apply_method":"ssa")", ""},
                 {R"("config":{"replicas":4})", R"("config":{"replicas":5})"},
                 {R"("config":{"replicas":4})", R"("config":{"replicas":null})"},
                 {R"("config":{"replicas":4})", R"("config":{"replicas":"4"})"},
                 {R"("config":{"replicas":4})", R"("config":{"replicas":[4]})"},
                 {R"("config":{"replicas":4})", R"("config":{})"},
                 {R"("config":{"replicas":4},)", ""},
                 {R"("values":{"replicas":2)", R"("values":{"replicas":3)"},
                 {R"([1,"two",3.5,null])", R"([1,"two",3.5])"},
                 {R"([1,"two",3.5,null])", R"(["two",1,3.5,null])"},
                 {R"([1,"two",3.5,null])", R"([1,"two",3.5,false])"},
                 {R"([1,"two",3.5,null])", R"([[1,"two"],3.5,null])"},
                 {"na: 1", "na: 2"},
                 {R"(a: 1\n",)", R"(a: 1",)"},
                 {R"("name":"alias",)", R"("name":"blias",)"},
                 {R"("enabled":true)", R"("enabled":false)"},
                 {R"("child":"c")", R"("child":"d")"},
                 {"rel-job", "rel-joc"},
                 {R"("kind":"Job")", R"("kind":"Pod")"},
                 {"app/templates/job.yaml", "app/templates/joc.yaml"},
                 {R"("manifest":"kind: Job")", R"("manifest":"kind: Jib")"},
                 {R"(["pre-install"])", R"(["pre-upgrade"])"},
                 {R"(["pre-install"])", R"(["pre-install","test"])"},
                 {R"("weight":-5)", R"("weight":-4)"},
                 {R"("weight":-5,)", ""},
                 {R"(["hook-failed"])", "[]"},
                 {R"("hooks":[{)", R"("hooks":[{},{)"},
                 {R"("namespace":"ns")", R"("namespace":"ns","unheard_of":1)"},
                 {R"("schema":"e30=")", R"("schema":"e30=","unheard_of":1)"},
                 {R"("kind":"Job")", R"("kind":"Job","unheard_of":1)"},
                 {R"("data":"IyBhcHAK")", R"("data":"IyBhcHAK","unheard_of":1)"}},
                /*core=*/true, /*fingerprint=*/false);
}

TEST(Release, KeepsItsCoreWhenHelmUpdatesIt) {
  ExpectChanges(
      {{R"("status":"deployed")", R"("status":"superseded")"},
       {"2026-11-23T18:01:03Z", "2026-11-23T18:01:04Z"},
       {R"("deleted":"",)", ""},
       {"Install complete", "Upgrade complete"},
       {R"("notes":"Thanks\n")", R"("notes":"")"},
       {R"("phase":"Running")", R"("phase":"Succeeded")"},
       {R"("started_at":"",)", R"("started_at":"2026-11-23T18:01:03Z",)"},
       {R"("delete_policies":["hook-succeeded"],)", ""},
       {R"("delete_policies":["hook-succeeded"])", R"("delete_policies":["before-hook-creation"])"}},
      /*core=*/false, /*fingerprint=*/false);
}

TEST(Release, KeepsItsCoreWhenAnotherHelmWritesTheSameAgain) {
  ExpectChanges({{R"("deprecated":true,)", R"( "deprecated" : true , )"},
                 {R"("child":"c","parent":"p")", R"("parent":"p","child":"c")"},
                 {R"("version":3,"namespace":"ns")", R"("namespace":"ns","version":3)"},
                 {R"("replicas":4)", R"("replicas":4.0)"},
                 {R"("schemamodtime":"2026-11-23T17:56:02Z",)", ""},
                 {"2026-11-23T17:56:02Z", "0001-01-01T00:00:00Z"},
                 {R"(,"modtime":"2026-11-23T17:56:03Z")", ""},
                 {R"("data":"IyBhcHAK","modtime":"2026-11-23T17:56:01Z")", R"("data":"IyBhcHAK")"},
                 {R"("namespace":"ns")", R"("namespace":"ns","labels":null)"},
                 {"app/templates/job.yaml", "app/templates/job\\u002eyaml"}},
                /*core=*/false, /*fingerprint=*/false);
}

TEST(Release, WithoutWhatHelmMayLeaveOutIsRead) {
  const std::string json = RecordJson();
  const size_t info = json.find("\"info\""), chart = json.find("\"chart\"");
  const std::string without = json.substr(0, info) + json.substr(chart);
  EXPECT_EQ(Read(without).core, Read(json).core);
  EXPECT_EQ(Read(without).status, "");
  const Release small =
      Read(R"({"name":"r","chart":{"metadata":{"name":"c","version":"1"},"lock":null,"templates":null,)"
           R"("values":null,"schema":null,"files":null},"version":1})");
  EXPECT_TRUE(small.templates.empty() && small.hooks.empty() && small.manifest.empty());
  EXPECT_FALSE(small.content.lock);
  EXPECT_EQ(small.content.schema_sha256, "");
}

TEST(Release, FingerprintDoesNotDependOnWhatInstallingAdds) {
  ExpectChanges({{R"("fleet.cattle.io/commit":"c0ffee")", R"("fleet.cattle.io/commit":"decaf")"},
                 {R"(,"fleet.cattle.io/commit":"c0ffee")", ""}},
                /*core=*/true, /*fingerprint=*/false);
}

}  // namespace
}  // namespace chartseal::chart
