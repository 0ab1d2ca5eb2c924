#include "verifier/sigstore/statement.h"

#include <gtest/gtest.h>

#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

constexpr char kHex[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

std::string StatementWith(std::string_view subject,
                          std::string_view type = "https://in-toto.io/Statement/v1") {
  return Cat(R"({"_type":")", type, R"(","subject":)", subject,
             R"(,"predicateType":"https://example.com/p","predicate":{"a":[1]}})");
}

std::string SubjectWith(std::string_view digest) { return Cat(R"([{"name":"n","digest":)", digest, "}]"); }

std::string Judge(std::string_view json) {
  const auto statement = ParseStatement(json);
  return statement.ok() ? "passed" : statement.rejection().ToString();
}

TEST(StatementTest, ReadsEveryMember) {
  const auto statement = ParseStatement(StatementWith(
      Cat(R"([{"name":"a","digest":{"sha256":")", kHex, R"("},"annotations":{"k":"v","n":1}}])")));
  ASSERT_TRUE(statement.ok()) << statement.rejection().ToString();
  EXPECT_EQ(statement->predicate_type, "https://example.com/p");
  ASSERT_EQ(statement->subjects.size(), 1u);
  EXPECT_EQ(statement->subjects[0].name, "a");
  ASSERT_EQ(statement->subjects[0].annotations.size(), 1u);
  EXPECT_EQ(statement->subjects[0].annotations[0].second, "v");
  ASSERT_NE(statement->predicate.Find("a"), nullptr);
}

TEST(StatementTest, MembersThatAreNotKnownAreIgnoredAsTheFrameworkSays) {
  EXPECT_EQ(Judge(Cat(R"({"_type":"https://in-toto.io/Statement/v0.1","extra":1,"subject":[{"digest":{}}],)",
                      R"("predicateType":"p"})")),
            "passed");
}

TEST(StatementTest, FindsAnySubjectByAlgorithmAndValue) {
  const crypto::Digest digest = crypto::Digest::Parse(Cat("sha256:", kHex)).value();
  const std::string upper = "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF";
  const auto found = ParseStatement(StatementWith(
      Cat(R"([{"name":"a","digest":{"gitCommit":"x"}},{"name":"b","digest":{"sha256":")", upper, R"("}}])")));
  ASSERT_TRUE(found.ok());
  const Statement::Subject* subject = found->FindSubject(digest);
  ASSERT_NE(subject, nullptr);
  EXPECT_EQ(subject->name, "b");
  const auto other = ParseStatement(StatementWith(SubjectWith(Cat(R"({"gitCommit":")", kHex, R"("})"))));
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(other->FindSubject(digest), nullptr);
}

TEST(StatementTest, WhatIsNoStatementIsRefusedForWhatIsWrong) {
  EXPECT_EQ(Judge(StatementWith("[]")), "subject-missing: the statement has no subject");
  EXPECT_EQ(Judge(StatementWith(SubjectWith("{}"), "https://example.com/v9")),
            "statement-type: the statement's _type is not known; expected https://in-toto.io/Statement/v1; "
            "found https://example.com/v9");
  EXPECT_EQ(Judge(R"({"subject":[],"predicateType":"p"})"),
            "statement-malformed: in-toto statement: _type: missing");
  EXPECT_EQ(Judge(R"({"_type":"https://in-toto.io/Statement/v1","subject":[]})"),
            "statement-malformed: in-toto statement: predicateType: missing");
  EXPECT_EQ(Judge("[]"), "statement-malformed: in-toto statement: expected an object, found a list");
  EXPECT_EQ(Judge(StatementWith(SubjectWith(R"({"sha256":"abcd"})"))),
            "statement-malformed: in-toto statement: subject[0].digest: not a digest: sha256");
  EXPECT_EQ(Judge(StatementWith(SubjectWith(Cat(R"({"sha256":")", std::string(64, 'g'), R"("})")))),
            "statement-malformed: in-toto statement: subject[0].digest: not a digest: sha256");
  EXPECT_EQ(Judge(StatementWith(SubjectWith(R"({"sha256":7})"))),
            "statement-malformed: in-toto statement: subject[0].digest: not a digest: sha256");
  EXPECT_EQ(Judge(StatementWith(SubjectWith("[]"))),
            "statement-malformed: in-toto statement: subject[0].digest: expected an object");
}

TEST(StatementTest, CountsAreBounded) {
  std::string subjects = "[{}";
  for (int i = 0; i < 1024; ++i) subjects += ",{}";
  EXPECT_EQ(Judge(StatementWith(subjects + "]")),
            "statement-malformed: in-toto statement: subject: at most 1024 entries are allowed, found 1025");
  std::string digests = "{";
  for (int i = 0; i < 33; ++i) digests += Cat(i == 0 ? "" : ",", "\"a", i, "\":\"x\"");
  EXPECT_EQ(Judge(StatementWith(SubjectWith(digests + "}"))),
            "statement-malformed: in-toto statement: subject[0].digest: at most 32 are allowed, found 33");
}

}  // namespace
}  // namespace chartseal::sigstore
