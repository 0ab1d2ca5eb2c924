// The search for duplicate keys in what simdjson has read. Every trick of it has its own ways to be wrong.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "tests/base/why.h"
#include "verifier/base/json_document.h"
#include "verifier/base/json_limits_internal.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/base/strings.h"

namespace chartseal {
namespace {

std::string Refusal(std::string_view text) { return Why(JsonDocument::Parse(text, "b.json")); }

std::string Duplicate(std::string_view key) {
  return Cat("json-malformed: b.json: not valid JSON: duplicate key \"", key, "\"");
}

std::string MapOf(const std::vector<std::string>& members) {
  std::string text;
  for (const std::string& member : members) text += Cat(text.empty() ? "{" : ",", member);
  return text + "}";
}

// "k<first>" and so on, each with a map of its own inside.
std::vector<std::string> Members(int count, int first = 0) {
  std::vector<std::string> members;
  for (int i = 0; i < count; ++i) members.push_back(Cat("\"k", first + i, "\":{\"k", first, "\":[{}]}"));
  return members;
}

TEST(JsonLimits, TwoOfOneNameAreFoundWhereverTheyStand) {
  for (int size : {2, 3, 4, 15, 16, 17, 18, 33}) {
    for (int first = 0; first < size; ++first) {
      for (int second = first + 1; second < size; ++second) {
        std::vector<std::string> members = Members(size);
        EXPECT_EQ(Refusal(MapOf(members)), "ok");
        members[second] = Cat("\"k", first, "\":0");
        EXPECT_EQ(Refusal(MapOf(members)), Duplicate(Cat("k", first))) << size << " " << second;
      }
    }
  }
}

TEST(JsonLimits, TheFirstAndTheLastOfTenThousandKeysMayNotBeTheSame) {
  std::vector<std::string> members = Members(10'000);
  EXPECT_EQ(Refusal(MapOf(members)), "ok");
  members.push_back("\"k0\":1");
  EXPECT_EQ(Refusal(MapOf(members)), Duplicate("k0"));
  members.back() = "\"k9999\":1";
  EXPECT_EQ(Refusal(MapOf(members)), Duplicate("k9999"));
}

// What stands behind a key in memory is no part of it.
TEST(JsonLimits, KeysOfEveryLengthAreComparedInFullAndNoFurther) {
  for (size_t length = 0; length < 40; ++length) {
    for (int others : {0, 1, 20}) {
      const std::string key(length, 'x');
      std::vector<std::string> members = Members(others);
      members.insert(members.begin(), Cat("\"", key, "\":\"first value\""));
      members.push_back(Cat("\"", key, "y\":0"));
      EXPECT_EQ(Refusal(MapOf(members)), "ok") << length;
      members.push_back(Cat("\"", key, "\":\"another, which is longer\""));
      EXPECT_EQ(Refusal(MapOf(members)), Duplicate(key)) << length;
    }
  }
}

TEST(JsonLimits, KeysThatDifferInAnyOneByteAreTwo) {
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      const std::string key(length, 'x');
      std::string other = key;
      other[at] = 'y';
      for (int others : {0, 1, 20}) {
        std::vector<std::string> members = Members(others);
        members.insert(members.begin(), Cat("\"", key, "\":0"));
        members.push_back(Cat("\"", other, "\":0"));
        EXPECT_EQ(Refusal(MapOf(members)), "ok") << length << " " << at;
      }
    }
  }
}

TEST(JsonLimits, AnEscapeDoesNotMakeAnotherKey) {
  for (int others : {0, 1, 5, 20, 1000}) {
    std::vector<std::string> members = Members(others);
    members.insert(members.begin(), R"("aé/":1)");
    members.push_back(R"("\u0061\u00e9\/":2)");
    EXPECT_EQ(Refusal(MapOf(members)), Duplicate("a\\xc3\\xa9/")) << others;
    members.back() = R"("\\u0061":2)";
    EXPECT_EQ(Refusal(MapOf(members)), "ok") << others;
    members.back() = R"("aé/\u0000":2)";
    EXPECT_EQ(Refusal(MapOf(members)), "ok") << others;
  }
}

TEST(JsonLimits, MapsInsideOneAnotherHaveTheirOwnKeys) {
  for (int inner : {0, 1, 2, 3, 16, 17, 40}) {
    for (int outer : {1, 2, 3, 16, 17, 40}) {
      const std::string inside =
          MapOf(Members(inner).empty() ? std::vector<std::string>{"\"i\":0"} : Members(inner));
      std::vector<std::string> members = Members(outer);
      members.insert(members.begin(), Cat("\"l\":[", inside, ",", inside, ",[", inside, "]]"));
      members.push_back(Cat("\"m\":", inside));
      EXPECT_EQ(Refusal(MapOf(members)), "ok");
      members.push_back("\"l\":{}");
      EXPECT_EQ(Refusal(MapOf(members)), Duplicate("l")) << inner << " " << outer;
      members.back() = Cat("\"n\":[[],{\"a\":", inside, ",\"b\":", inside, ",\"a\":1}]");
      EXPECT_EQ(Refusal(MapOf(members)), Duplicate("a")) << inner << " " << outer;
    }
  }
}

// Depth and keys share their bookkeeping.
TEST(JsonLimits, ADuplicateIsFoundAtEveryDepth) {
  for (int depth = 1; depth <= limits::kMaxJsonDepth; ++depth) {
    std::string open, close;
    for (int i = 1; i < depth; ++i) {
      open += i % 3 == 0 ? "[" : "{\"a\":1,\"b\":";
      close = (i % 3 == 0 ? "]" : ",\"c\":{}}") + close;
    }
    if (depth == limits::kMaxJsonDepth) close = std::string(close).replace(close.find("{}"), 2, "0");
    EXPECT_THAT(Refusal(Cat(open, "{\"a\":1,\"b\":2,\"a\":3}", close)), Duplicate("a")) << depth;
  }
}

// -- Keys that were chosen against the search

// Keys of 16 bytes with the same mark: any first half has a second half that makes it so. Halves that are no
// ASCII are left out.
std::vector<std::string> KeysOfOneMark(size_t count) {
  constexpr uint64_t kFirst = 0x9E3779B97F4A7C15;
  constexpr uint64_t kLast = 0xC2B2AE3D27D4EB4F;
  uint64_t inverse = kLast;  // Newton: each round doubles the bits that are right
  for (int i = 0; i < 6; ++i) inverse *= 2 - kLast * inverse;
  std::mt19937_64 random(20260101);  // NOLINT: the same keys in every run
  std::vector<std::string> keys;
  while (keys.size() < count) {
    const uint64_t half = random() & 0x7F7F7F7F7F7F7F7F;
    const uint64_t other = (((half + 16) * kFirst) ^ 0x123456789ABCDEF0) * inverse;
    if ((other & 0x8080808080808080) != 0) continue;
    std::string key(16, ' ');
    std::memcpy(key.data(), &half, 8);
    std::memcpy(key.data() + 8, &other, 8);
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::string> AsMembers(const std::vector<std::string>& keys) {
  std::vector<std::string> members;
  for (const std::string& key : keys) members.push_back(WriteJson(Node::String(key)) + ":0");
  return members;
}

TEST(JsonLimits, KeysOfOneMarkAreTwoAllTheSame) {
  const std::vector<std::string> keys = KeysOfOneMark(300);
  for (const std::string& key : keys) ASSERT_EQ(internal::MarkOf(key), internal::MarkOf(keys[0]));
  for (size_t size : {2, 3, 16, 17, 18, 20, 40, 300}) {
    std::vector<std::string> members = AsMembers({keys.begin(), keys.begin() + size});
    EXPECT_EQ(Refusal(MapOf(members)), "ok") << size;
    for (size_t twin : {size_t{0}, size / 2, size - 1}) {
      members.push_back(AsMembers(keys)[twin]);
      EXPECT_EQ(Refusal(MapOf(members)), Why(ParseJson(MapOf(members), "b.json"))) << size;
      EXPECT_NE(Refusal(MapOf(members)), "ok") << size;
      members.pop_back();
    }
  }
}

double SecondsOf(const std::string& text) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Refusal(text), "ok");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Comparing each with each would take thousands of times as long.
TEST(JsonLimits, NoChoiceOfKeysMakesTheSearchSlow) {
  constexpr int kKeys = 30'000;
  std::vector<std::string> usual;
  for (int i = 0; i < kKeys; ++i) usual.push_back(Cat("usual key", 1'000'000 + i));
  const std::string chosen = MapOf(AsMembers(KeysOfOneMark(kKeys)));
  const std::string plain = MapOf(AsMembers(usual));
  double least = 1e9;
  for (int i = 0; i < 3; ++i) least = std::min(least, SecondsOf(chosen) / SecondsOf(plain));
  EXPECT_LT(least, 60);
}

// -- Against strict_json

class RandomDocument {
 public:
  explicit RandomDocument(uint64_t seed) : random_(seed) {}

  std::string Value(int depth) {
    const auto kind = random_() % (depth > 0 ? 8 : 4);
    if (kind >= 4) return kind == 4 ? List(depth) : Map(depth);
    return std::vector<std::string>{"1", "-2.5", "\"text\"", "null"}[kind];
  }

 private:
  std::string List(int depth) {
    std::string text;
    for (auto left = random_() % 4; left > 0; --left) text += Cat(text.empty() ? "" : ",", Value(depth - 1));
    return Cat("[", text, "]");
  }
  // Mostly without duplicates, so that many documents are taken.
  std::string Map(int depth) {
    std::vector<std::string> members;
    const auto size = random_() % 8 == 0 ? random_() % 40 : random_() % 4;
    for (size_t i = 0; i < size; ++i) {
      const auto number = random_() % 200 == 0 ? random_() % 40 : i;
      const std::string filling(number % 3 * 9, '-');
      members.push_back(Cat("\"", filling, "key", number, filling, "\":", Value(depth - 1)));
    }
    return members.empty() ? "{}" : MapOf(members);
  }

  std::mt19937_64 random_;
};

TEST(JsonLimits, AgreesWithTheStrictReaderOnDocumentsOfChance) {
  int taken = 0, refused = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    const std::string text = RandomDocument(seed).Value(6);
    const std::string why = Why(ParseJson(text, "b.json"));
    ASSERT_EQ(Refusal(text), why) << text;
    ++(why == "ok" ? taken : refused);
  }
  EXPECT_GT(taken, 500);
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace chartseal
