#include "webhook/namespace_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal::webhook {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

Node Namespace(std::string_view name, std::string_view labels) {
  return ParseJson(Cat(R"({"metadata":{"name":")", name, R"(","annotations":{"a":"b"},"labels":)", labels,
                       R"(},"spec":{"finalizers":["kubernetes"]}})"),
                   "test")
      .value();
}

TEST(NamespaceStoreTest, KeepsTheLabelsOfEachNamespace) {
  NamespaceStore store;
  EXPECT_EQ(store.Of("shop"), nullptr);
  store.Replace({Namespace("shop", R"({"env":"prod"})"), Namespace("dev", "{}"), Namespace("bare", "null")});
  ASSERT_NE(store.Of("shop"), nullptr);
  EXPECT_THAT(*store.Of("shop"), ElementsAre(Pair("env", "prod")));
  ASSERT_NE(store.Of("dev"), nullptr);
  EXPECT_TRUE(store.Of("dev")->empty());
  ASSERT_NE(store.Of("bare"), nullptr);
  EXPECT_EQ(store.Of("other"), nullptr);
  EXPECT_EQ(NamespaceStore::Watch().path, "/api/v1/namespaces");
}

TEST(NamespaceStoreTest, FollowsChangesAndDeletions) {
  NamespaceStore store;
  store.Replace({Namespace("shop", R"({"env":"prod"})")});
  const auto in_use = store.Of("shop");
  store.Upsert(Namespace("shop", R"({"env":"dev"})"));
  EXPECT_THAT(*store.Of("shop"), ElementsAre(Pair("env", "dev")));
  EXPECT_THAT(*in_use, ElementsAre(Pair("env", "prod")));
  store.Remove(Namespace("shop", "{}"));
  EXPECT_EQ(store.Of("shop"), nullptr);
}

TEST(NamespaceStoreTest, AListThatLostANamespaceForgetsIt) {
  NamespaceStore store;
  store.Replace({Namespace("shop", "{}"), Namespace("dev", "{}")});
  store.Replace({Namespace("dev", "{}")});
  EXPECT_EQ(store.Of("shop"), nullptr);
  EXPECT_NE(store.Of("dev"), nullptr);
}

TEST(NamespaceStoreTest, AnOutageForgetsNothing) {
  NamespaceStore store;
  store.Replace({Namespace("shop", "{}")});
  store.Failed(absl::UnavailableError("away"));
  EXPECT_NE(store.Of("shop"), nullptr);
}

TEST(NamespaceStoreTest, LabelsThatCannotBeKeptAsAWholeAreUnknownRatherThanHalf) {
  NamespaceStore store;
  store.Replace({Namespace("shop", R"({"env":"prod"})"), Namespace("dev", R"({"env":"dev"})")});
  store.Upsert(Namespace("shop", R"({"env":"prod","n":7})"));
  EXPECT_EQ(store.Of("shop"), nullptr);
  std::string many = "{";
  for (size_t i = 0; i <= limits::kMaxLabels; ++i) many += Cat(i == 0 ? "" : ",", "\"l", i, "\":\"\"");
  store.Upsert(Namespace("dev", many + "}"));
  EXPECT_EQ(store.Of("dev"), nullptr);
}

TEST(NamespaceStoreTest, AnObjectWithoutANameIsPassedOver) {
  NamespaceStore store;
  store.Upsert(ParseJson("{}", "test").value());
  store.Remove(ParseJson("[]", "test").value());
  EXPECT_EQ(store.size(), 0u);
}

TEST(NamespaceStoreTest, BeyondTheLimitNamespacesAreUnknownAndKnownOnesStillFollowed) {
  NamespaceStore store;
  std::vector<Node> objects;
  for (size_t i = 0; i <= limits::kMaxNamespaces; ++i) {
    Node metadata = Node::MakeMap();
    metadata.Set("name", Cat("n", i));
    Node object = Node::MakeMap();
    objects.push_back(object.Set("metadata", std::move(metadata)));
  }
  store.Replace(std::move(objects));
  EXPECT_EQ(store.size(), limits::kMaxNamespaces);
  EXPECT_EQ(store.Of(Cat("n", limits::kMaxNamespaces)), nullptr);
  store.Upsert(Namespace("n0", R"({"env":"prod"})"));
  EXPECT_THAT(*store.Of("n0"), ElementsAre(Pair("env", "prod")));
}

}  // namespace
}  // namespace chartseal::webhook
