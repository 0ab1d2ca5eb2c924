#include "verifier/sigstore/checkpoint.h"

#include <gtest/gtest.h>

#include "tests/sandbox/keys.h"
#include "tests/sandbox/signed_note.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/strings.h"

namespace chartseal::sigstore {
namespace {

using sandbox::Key;
using sandbox::KeyType;

const char kText[] = "log.example\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

TransparencyLog LogOf(const Key& key, crypto::SignatureScheme scheme) {
  crypto::PublicKey public_key = crypto::PublicKey::FromSpkiDer(key.Spki()).value();
  return {"https://log.example", "log.example", "id", "hint", std::move(public_key), scheme, {}};
}

std::string Line(const Key& key, std::string_view name = "log.example", std::string_view id = "hint",
                 std::string_view text = kText) {
  return Cat("\xE2\x80\x94 ", name, " ", Base64Encode(Cat(id, key.Sign(text))), "\n");
}

// The reason, a colon and the detail; "passed" when it parses and the signature is accepted.
std::string Judge(std::string_view note, const TransparencyLog& log,
                  std::string_view key_name = "log.example") {
  const auto checkpoint = ParseCheckpoint(note);
  if (!checkpoint.ok()) {
    return Cat(Name(checkpoint.rejection().reason), ": ", checkpoint.rejection().detail);
  }
  const auto verified = VerifyCheckpointSignature(*checkpoint, key_name, log);
  if (!verified.ok()) return Cat(Name(verified.rejection().reason), ": ", verified.rejection().detail);
  return "passed";
}

class CheckpointTest : public ::testing::Test {
 protected:
  Key key_ = Key::Generate(KeyType::kEd25519);
  TransparencyLog log_ = LogOf(key_, crypto::SignatureScheme::kEd25519);
};

TEST_F(CheckpointTest, ReadsHeadAndSignatures) {
  const auto checkpoint = ParseCheckpoint(Cat(kText, "\n", Line(key_)));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.rejection().ToString();
  EXPECT_EQ(checkpoint->origin, "log.example");
  EXPECT_EQ(checkpoint->tree_size, 12);
  EXPECT_EQ(checkpoint->root_hash, std::string(32, '\0'));
  EXPECT_EQ(checkpoint->signed_text, kText);
  ASSERT_EQ(checkpoint->signatures.size(), 1u);
  EXPECT_EQ(checkpoint->signatures[0].key_id, "hint");
  EXPECT_FALSE(checkpoint->HasTreeIdOrigin());
}

TEST_F(CheckpointTest, TreeIdOriginIsOnlyDigitsAfterTheLastDash) {
  Checkpoint checkpoint;
  checkpoint.origin = "rekor.example - 123";
  EXPECT_TRUE(checkpoint.HasTreeIdOrigin());
  EXPECT_EQ(checkpoint.OriginHost(), "rekor.example");
  checkpoint.origin = "rekor.example - 12x";
  EXPECT_FALSE(checkpoint.HasTreeIdOrigin());
  EXPECT_EQ(checkpoint.OriginHost(), "rekor.example - 12x");
  checkpoint.origin = "rekor.example - ";
  EXPECT_FALSE(checkpoint.HasTreeIdOrigin());
}

TEST_F(CheckpointTest, Ed25519EcdsaAndRsaLogsVerify) {
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_)), log_), "passed");
  const Key ecdsa = Key::Generate(KeyType::kEcdsaP256);
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(ecdsa)), LogOf(ecdsa, crypto::SignatureScheme::kEcdsaSha256)),
            "passed");
  const Key rsa = Key::Generate(KeyType::kRsa2048);
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(rsa)), LogOf(rsa, crypto::SignatureScheme::kRsaPkcs1Sha256)),
            "passed");
}

TEST_F(CheckpointTest, OtherLinesInAnyOrderAreIgnored) {
  const Key other = Key::Generate(KeyType::kEd25519);
  const std::string others = Line(other, "witness.example") + Line(other, "log.example", "else");
  EXPECT_EQ(Judge(Cat(kText, "\n", others, Line(key_)), log_), "passed");
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_), others), log_), "passed");
}

TEST_F(CheckpointTest, WithoutALineOfTheLogItProvesNothing) {
  const std::string none = "checkpoint-no-signature: none of 1 signature lines is by the log";
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_, "witness.example")), log_), none);
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_, "log.example", "else")), log_), none);
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_)), log_, "another.example"), none);
}

TEST_F(CheckpointTest, ABadLineOfTheLogIsNotMadeGoodByAnother) {
  const Key other = Key::Generate(KeyType::kEd25519);
  const std::string invalid =
      "checkpoint-signature-invalid: the signature of log.example with key 68696e74 on the checkpoint of "
      "tree size 12 does not verify";
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_), Line(other)), log_), invalid);
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(other), Line(key_)), log_), invalid);
}

TEST_F(CheckpointTest, SignatureCoversEveryByteOfTheText) {
  const std::string changed = "log.example\n13\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
  EXPECT_EQ(Judge(Cat(kText, "\n", Line(key_, "log.example", "hint", changed)), log_),
            "checkpoint-signature-invalid: the signature of log.example with key 68696e74 on the checkpoint "
            "of tree size 12 does not verify");
}

TEST_F(CheckpointTest, TheLastEmptyLineSeparatesTextFromSignatures) {
  const std::string text = Cat(kText, "\nafter an empty line\n");
  EXPECT_EQ(Judge(Cat(text, "\n", Line(key_, "log.example", "hint", text)), log_), "passed");
}

struct BadNote {
  std::string note;
  std::string judgement;
};

TEST_F(CheckpointTest, MalformedNotesAreRefusedForWhatIsWrong) {
  const std::string line = Line(key_);
  const std::string root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  const std::vector<BadNote> notes = {
      {"", "checkpoint-malformed: does not end in a newline"},
      {Cat(kText, "\n", line.substr(0, line.size() - 1)), "checkpoint-malformed: does not end in a newline"},
      {kText, "checkpoint-no-signature: the checkpoint has no signature line"},
      {Cat(kText, "\n"), "checkpoint-no-signature: the checkpoint has no signature line"},
      {Cat("log\n1\n", "\n", line),
       "checkpoint-malformed: expected the lines origin, tree size and root hash"},
      {Cat("\n1\n", root, "\n\n", line),
       "checkpoint-malformed: expected the lines origin, tree size and root hash"},
      {Cat("log\n01\n", root, "\n\n", line),
       "checkpoint-malformed: the second line is not a tree size: \"01\""},
      {Cat("log\n-1\n", root, "\n\n", line),
       "checkpoint-malformed: the second line is not a tree size: \"-1\""},
      {Cat("log\n+1\n", root, "\n\n", line),
       "checkpoint-malformed: the second line is not a tree size: \"+1\""},
      {Cat("log\n9223372036854775808\n", root, "\n\n", line),
       "checkpoint-malformed: the second line is not a tree size: \"9223372036854775808\""},
      {Cat("log\n1\nAAAA\n\n", line), "checkpoint-malformed: the third line is not a root hash: \"AAAA\""},
      {Cat("log\r\n1\n", root, "\n\n", line), "checkpoint-malformed: contains a control character"},
      {Cat(kText, "\n- log.example AAAAAAAA\n"),
       "checkpoint-malformed: a signature line does not begin with an em dash"},
      {Cat(kText, "\n\xE2\x80\x94 log.example\n"), "checkpoint-malformed: a signature line has no signature"},
      {Cat(kText, "\n\xE2\x80\x94  AAAAAAAA\n"), "checkpoint-malformed: not a key name: \"\""},
      {Cat(kText, "\n\xE2\x80\x94 a+b AAAAAAAA\n"), "checkpoint-malformed: not a key name: \"a+b\""},
      {Cat(kText, "\n\xE2\x80\x94 log.example AAAAAA==\n"),
       "checkpoint-malformed: the signature of \"log.example\" cannot be decoded"},
      {Cat(kText, "\n\xE2\x80\x94 log.example A B\n"),
       "checkpoint-malformed: the signature of \"log.example\" cannot be decoded"},
  };
  for (const BadNote& bad : notes) EXPECT_EQ(Judge(bad.note, log_), bad.judgement) << bad.note;
}

TEST_F(CheckpointTest, SizeAndNumberOfLinesAreBounded) {
  std::string note = Cat(kText, "\n");
  for (size_t i = 0; i <= limits::kMaxCheckpointLines; ++i) note += Line(key_, Cat("w", i));
  EXPECT_EQ(Judge(note, log_), "checkpoint-malformed: more than 128 signature lines");
  EXPECT_EQ(Judge(std::string(limits::kMaxCheckpointBytes + 1, '\n'), log_),
            "checkpoint-malformed: has 65537 bytes");
}

}  // namespace
}  // namespace chartseal::sigstore
