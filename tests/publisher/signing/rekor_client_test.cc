#include "tests/crypto/private_keys.h"
#include "tests/publisher/signing/signing_fixture.h"
#include "tests/sandbox/encoding.h"
#include "verifier/base/encoding.h"
#include "verifier/base/limits.h"
#include "verifier/base/strict_json.h"
#include "verifier/crypto/digest.h"

namespace chartseal::publisher {
namespace {

using nlohmann::json;
using sandbox::MakeResponse;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view kMessage = "what is signed";

class RekorClientTest : public SigningTest {
 protected:
  RekorService V1() const { return {services_->urls().rekor_v1, 1}; }
  RekorService V2() const { return {services_->urls().rekor_v2, 2}; }
  sandbox::LoopbackServer& v1() { return services_->rekor_v1_server(); }
  sandbox::LoopbackServer& v2() { return services_->rekor_v2_server(); }
  LogVerifier Verifier() const { return {key_.public_key().spki_der(), false, key_.public_key().type()}; }
  absl::StatusOr<Node> Log(const RekorService& rekor) {
    const std::string signature = key_.Sign(kMessage).value();
    const auto hash = crypto::HashOf(key_.public_key().default_scheme());
    return LogSignature(caller_, rekor, crypto::Hash(hash, kMessage), signature, Verifier(), Deadline());
  }
  // The same signature each time.
  absl::StatusOr<Node> LogAgain(const RekorService& rekor) {
    return LogSignature(caller_, rekor, crypto::Sha256(kMessage), signature_, Verifier(), Deadline());
  }
  std::string WhyNot(const RekorService& rekor,
                     absl::StatusCode expected = absl::StatusCode::kFailedPrecondition) {
    const auto entry = Log(rekor);
    EXPECT_EQ(entry.status().code(), expected);
    EXPECT_THAT(Why(entry), StartsWith("rekor-failed: Rekor " + rekor.url + "/api/v"));
    return Why(entry);
  }
  std::string Envelope() {
    const std::string type = "application/vnd.in-toto+json";
    const std::string signature = key_.Sign(sandbox::Pae(type, "{}")).value();
    const Node signatures =
        Node::MakeList().Append(Node::MakeMap().Set("sig", Base64Encode(signature)).Set("keyid", ""));
    return WriteJson(Node::MakeMap()
                         .Set("payload", Base64Encode("{}"))
                         .Set("payloadType", type)
                         .Set("signatures", signatures));
  }
  std::string signature_ = key_.Sign(kMessage).value();
};

std::string At(const Node& node, std::initializer_list<std::string_view> path) {
  const Node* found = node.FindPath(path);
  return found != nullptr && found->is_string() ? found->string_value() : "(no text)";
}

// The one entry of a v1 answer.
json& Entry(json& answer) { return answer.begin().value(); }

TEST_F(RekorClientTest, AnEntryOfV1IsConvertedToWhatABundleHolds) {
  json original;
  RewriteJson(v1(), [&](json& answer) { original = answer; });
  const auto entry = Log(V1());
  ASSERT_TRUE(entry.ok()) << entry.status();
  const json& from = Entry(original);
  const json& proof = from["verification"]["inclusionProof"];
  const auto base64 = [](const json& hex) {
    return sandbox::Base64Encode(sandbox::HexDecode(hex.get<std::string>()));
  };
  json hashes = json::array();
  for (const json& hash : proof["hashes"]) hashes.push_back(base64(hash));
  ASSERT_FALSE(hashes.empty());
  EXPECT_NE(from["logIndex"], proof["logIndex"]);
  const json expected = {
      {"logIndex", std::to_string(from["logIndex"].get<int64_t>())},
      {"logId", {{"keyId", base64(from["logID"])}}},
      {"kindVersion", {{"kind", "hashedrekord"}, {"version", "0.0.1"}}},
      {"integratedTime", std::to_string(from["integratedTime"].get<int64_t>())},
      {"inclusionPromise", {{"signedEntryTimestamp", from["verification"]["signedEntryTimestamp"]}}},
      {"inclusionProof",
       {{"logIndex", std::to_string(proof["logIndex"].get<int64_t>())},
        {"rootHash", base64(proof["rootHash"])},
        {"treeSize", std::to_string(proof["treeSize"].get<int64_t>())},
        {"hashes", hashes},
        {"checkpoint", {{"envelope", proof["checkpoint"]}}}}},
      {"canonicalizedBody", from["body"]}};
  EXPECT_EQ(json::parse(WriteJson(*entry)), expected);
}

TEST_F(RekorClientTest, AnEntryOfV2IsKeptAsItCame) {
  json original;
  RewriteJson(v2(), [&](json& answer) {
    answer["somethingNew"] = {{"of", "a later version"}};
    original = answer;
  });
  const auto entry = Log(V2());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(json::parse(WriteJson(*entry)), original);
  EXPECT_EQ(At(*entry, {"kindVersion", "version"}), "0.0.2");
}

TEST_F(RekorClientTest, AnEnvelopeIsLoggedInV1) {
  const auto entry = LogEnvelope(caller_, V1(), Envelope(), Verifier(), Deadline());
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(At(*entry, {"kindVersion", "kind"}), "dsse");
}

TEST_F(RekorClientTest, AnEnvelopeIsForV1Only) {
  EXPECT_THAT(Why(LogEnvelope(caller_, V2(), Envelope(), Verifier(), Deadline())),
              HasSubstr("is not of Rekor's API version 1, the only one with entries of kind dsse"));
  EXPECT_EQ(v2().log().size(), 0u);
}

TEST_F(RekorClientTest, ACertificateIsLoggedAsOne) {
  const auto chain = RequestCertificate(caller_, services_->urls().fulcio, Token(), key_, Deadline()).value();
  const LogVerifier verifier = {chain[0].der(), true, key_.public_key().type()};
  EXPECT_THAT(verifier.Pem(), StartsWith("-----BEGIN CERTIFICATE-----\n"));
  for (const RekorService& rekor : {V1(), V2()}) {
    const auto entry =
        LogSignature(caller_, rekor, crypto::Sha256(kMessage), signature_, verifier, Deadline());
    ASSERT_TRUE(entry.ok()) << entry.status();
    const std::string body = Base64Decode(At(*entry, {"canonicalizedBody"})).value();
    const std::string certificate =
        rekor.version == 1 ? Base64Encode(verifier.Pem()) : Base64Encode(verifier.der);
    EXPECT_THAT(body, HasSubstr(certificate));
  }
}

TEST_F(RekorClientTest, P384IsLoggedOverItsOwnHash) {
  key_ = crypto::PrivateKey::Generate(crypto::KeyType::kEcdsaP384).value();
  for (const RekorService& rekor : {V1(), V2()}) {
    const auto entry = Log(rekor);
    EXPECT_TRUE(entry.ok()) << rekor.version << ": " << entry.status();
  }
}

TEST_F(RekorClientTest, RsaIsLoggedAndNamedByItsLength) {
  key_ = crypto::PrivateKey::FromPem(crypto::test_keys::kRsaPkcs8, "").value();
  for (const RekorService& rekor : {V1(), V2()}) {
    const auto entry = Log(rekor);
    ASSERT_TRUE(entry.ok()) << rekor.version << ": " << entry.status();
    if (rekor.version == 1) continue;
    EXPECT_THAT(Base64Decode(At(*entry, {"canonicalizedBody"})).value(),
                HasSubstr("PKIX_RSA_PKCS1V15_2048_SHA256"));
  }
}

TEST_F(RekorClientTest, ADigestThatTheKeyDoesNotSignIsRefusedBeforeItIsSent) {
  key_ = crypto::PrivateKey::Generate(crypto::KeyType::kEcdsaP384).value();
  EXPECT_EQ(Why(LogAgain(V1())),
            "rekor-failed: log entry: a digest of 32 bytes; keys of type ecdsa-p384 sign sha384");
  EXPECT_EQ(v1().log().size(), 0u);
}

TEST_F(RekorClientTest, Ed25519IsRefusedBeforeItIsSent) {
  key_ = crypto::PrivateKey::Generate(crypto::KeyType::kEd25519).value();
  for (const RekorService& rekor : {V1(), V2()}) EXPECT_THAT(Why(Log(rekor)), HasSubstr("Ed25519ph"));
  EXPECT_EQ(v1().log().size() + v2().log().size(), 0u);
}

TEST_F(RekorClientTest, AnApiVersionThatIsNotKnownIsRefused) {
  EXPECT_THAT(Why(Log({V1().url, 3})), HasSubstr("speaks version 3 of Rekor's API; known are 1 and 2"));
}

TEST_F(RekorClientTest, AnEquivalentEntryInV1IsTakenFromTheLog) {
  const auto first = LogAgain(V1());
  const auto second = LogAgain(V1());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(WriteJson(*first), WriteJson(*second));
  EXPECT_EQ(v1().log().Count("POST", "/api/v1/log/entries"), 2u);
  EXPECT_EQ(v1().log().Count("GET", "/api/v1/log/entries/*"), 1u);
}

TEST_F(RekorClientTest, TheLocationOfAConflictNamesAnEntryAndNoOtherPlace) {
  ASSERT_TRUE(LogAgain(V1()).ok());
  sandbox::Fault fault;
  fault.method = "POST";
  fault.rewrite = [&](const sandbox::HttpRequest&, sandbox::HttpResponse& response) {
    for (const auto& [name, value] : response.headers) {
      if (name != "Location") continue;
      response.SetHeader("Location", v2().url() + std::string(value));
      break;
    }
  };
  v1().faults().Add(std::move(fault));
  EXPECT_TRUE(LogAgain(V1()).ok());
  EXPECT_EQ(v2().log().size(), 0u);
}

TEST_F(RekorClientTest, AConflictThatNamesNoEntryIsAnError) {
  for (const char* location : {"", "/api/v1/log/entries/", "/api/v1/log/entries/../../../x", "abc123"}) {
    v1().faults().Clear();
    v1().log().Clear();
    sandbox::HttpResponse conflict = Json(409, {{"message", "an equivalent entry already exists"}});
    if (*location != 0) conflict.SetHeader("Location", location);
    Answer(v1(), conflict);
    EXPECT_THAT(WhyNot(V1()), HasSubstr("its answer (409) does not say which"));
    EXPECT_EQ(v1().log().size(), 1u);
  }
}

TEST_F(RekorClientTest, AConflictWhoseEntryIsNotThereIsAnError) {
  sandbox::HttpResponse conflict = Json(409, {{"message", "an equivalent entry already exists"}});
  conflict.SetHeader("Location", "/api/v1/log/entries/" + std::string(64, 'a'));
  Answer(v1(), conflict);
  v1().faults().Clear();
  Answer(v1(), conflict, 1);
  EXPECT_THAT(WhyNot(V1()), HasSubstr("answered 404: entry not found (it said that it has this entry)"));
}

TEST_F(RekorClientTest, AConflictInV2IsAnErrorThatSaysWhy) {
  ASSERT_TRUE(LogAgain(V2()).ok());
  const auto entry = LogAgain(V2());
  EXPECT_EQ(entry.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Why(entry), AllOf(HasSubstr("answered 409: an equivalent entry already exists"),
                                HasSubstr("does not hand out old entries; sign again")));
  EXPECT_EQ(v2().log().size(), 2u);
}

TEST_F(RekorClientTest, ServerErrorsAreTriedOnceMore) {
  for (const int status : {429, 500, 502, 503}) {
    waits_.clear();
    Answer(v1(), MakeResponse(status, "text/plain", "later"), 1);
    Answer(v2(), MakeResponse(status, "text/plain", "later"), 1);
    EXPECT_TRUE(Log(V1()).ok());
    EXPECT_TRUE(Log(V2()).ok());
    EXPECT_THAT(waits_, ElementsAre(absl::Seconds(1), absl::Seconds(1))) << status;
    v1().faults().Clear();
    v2().faults().Clear();
  }
}

TEST_F(RekorClientTest, ServerErrorsThatStayAreUnavailable) {
  Answer(v2(), MakeResponse(503, "text/plain", "pushing back"));
  EXPECT_THAT(WhyNot(V2(), absl::StatusCode::kUnavailable), HasSubstr("answered 503: pushing back"));
  EXPECT_EQ(v2().log().size(), 2u);
}

TEST_F(RekorClientTest, ARefusedEntryIsNotTriedAgain) {
  const auto v1_entry =
      LogSignature(caller_, V1(), crypto::Sha256("something else"), signature_, Verifier(), Deadline());
  EXPECT_THAT(Why(v1_entry), AllOf(HasSubstr("answered 400: error processing entry: verifying signature"),
                                   HasSubstr("(the log found the entry wrong; nothing was logged)")));
  const auto v2_entry =
      LogSignature(caller_, V2(), crypto::Sha256("something else"), signature_, Verifier(), Deadline());
  EXPECT_THAT(Why(v2_entry), HasSubstr("answered 400: invalid hashedrekord request"));
  EXPECT_EQ(v1().log().size() + v2().log().size(), 2u);
}

TEST_F(RekorClientTest, AFrozenLogIsSaidToBeOne) {
  Answer(v2(), Json(405, {{"message", "This log has been frozen"}}));
  EXPECT_THAT(WhyNot(V2(), absl::StatusCode::kUnimplemented),
              HasSubstr("answered 405: This log has been frozen (this log takes no entries any more"));
  EXPECT_EQ(v2().log().size(), 1u);
}

TEST_F(RekorClientTest, AFrozenLogIsReplacedByAnother) {
  Answer(v2(), Json(405, {{"message", "This log has been frozen"}}));
  const auto log = [this](const RekorService& rekor) { return Log(rekor); };
  const auto entry = LogToAny(V2(), {V2(), V1(), V2()}, log);
  ASSERT_TRUE(entry.ok()) << entry.status();
  EXPECT_EQ(At(*entry, {"kindVersion", "version"}), "0.0.1");
  EXPECT_EQ(v2().log().size(), 2u);
}

TEST_F(RekorClientTest, WhenAllAreFrozenTheLastOneSaysSo) {
  Answer(v2(), Json(405, {{"message", "frozen"}}));
  const auto log = [this](const RekorService& rekor) { return Log(rekor); };
  EXPECT_EQ(LogToAny(V2(), {V2()}, log).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(v2().log().size(), 2u);
}

TEST_F(RekorClientTest, AnotherErrorIsNoReasonToTryAnotherLog) {
  Answer(v2(), Json(400, {{"message", "wrong"}}));
  const auto log = [this](const RekorService& rekor) { return Log(rekor); };
  EXPECT_THAT(Why(LogToAny(V2(), {V1()}, log)), HasSubstr("answered 400: wrong"));
  EXPECT_EQ(v1().log().size(), 0u);
}

TEST_F(RekorClientTest, EntriesOfV1ThatMakeNoSenseAreRefused) {
  const std::pair<std::function<void(json&)>, const char*> cases[] = {
      {[](json& answer) { answer = json::array(); }, "expected an object with one entry under its UUID"},
      {[](json& answer) { answer = json::object(); }, "expected an object with one entry under its UUID"},
      {[](json& answer) { answer["more"] = Entry(answer); },
       "expected an object with one entry under its UUID"},
      {[](json& answer) { Entry(answer) = 5; }, "answer: expected an object"},
      {[](json& answer) { Entry(answer).erase("body"); }, "body: missing"},
      {[](json& answer) { Entry(answer)["body"] = "!"; }, "body: "},
      {[](json& answer) { Entry(answer)["body"] = sandbox::Base64Encode("no JSON"); }, "body: "},
      {[](json& answer) {
         Entry(answer)["body"] = sandbox::Base64Encode(R"({"kind":"dsse","apiVersion":"0.0.1"})");
       },
       "body: an entry of kind 'dsse 0.0.1'; expected hashedrekord 0.0.1"},
      {[](json& answer) { Entry(answer)["logID"] = "xyz"; }, "logID: expected hexadecimal digits"},
      {[](json& answer) { Entry(answer)["logID"] = ""; }, "logID: expected hexadecimal digits"},
      {[](json& answer) { Entry(answer)["logIndex"] = "many"; }, "logIndex: "},
      {[](json& answer) { Entry(answer).erase("verification"); }, "verification: missing"},
      {[](json& answer) { Entry(answer)["verification"].erase("signedEntryTimestamp"); },
       "verification.signedEntryTimestamp: missing"},
      {[](json& answer) { Entry(answer)["verification"].erase("inclusionProof"); },
       "verification.inclusionProof: missing"},
      {[](json& answer) { Entry(answer)["verification"]["inclusionProof"].erase("checkpoint"); },
       "verification.inclusionProof.checkpoint: missing"},
      {[](json& answer) { Entry(answer)["verification"]["inclusionProof"]["rootHash"] = "0"; },
       "verification.inclusionProof.rootHash: expected hexadecimal digits"},
      {[](json& answer) { Entry(answer)["verification"]["inclusionProof"]["hashes"] = {"zz"}; },
       "verification.inclusionProof.hashes: expected hexadecimal digits"},
      {[](json& answer) {
         Entry(answer)["verification"]["inclusionProof"]["hashes"] = std::vector<std::string>(65, "00");
       },
       "verification.inclusionProof.hashes: "}};
  for (const auto& [change, expected] : cases) {
    v1().faults().Clear();
    RewriteJson(v1(), change);
    EXPECT_THAT(WhyNot(V1()), HasSubstr(expected));
  }
}

TEST_F(RekorClientTest, EntriesOfV2ThatLackWhatABundleNeedsAreRefused) {
  const std::pair<std::function<void(json&)>, const char*> cases[] = {
      {[](json& answer) { answer = json::array(); }, "expected an object"},
      {[](json& answer) { answer.erase("logId"); }, "no log entry: logId.keyId is missing"},
      {[](json& answer) { answer.erase("kindVersion"); }, "no log entry: kindVersion.kind is missing"},
      {[](json& answer) { answer["inclusionProof"]["rootHash"] = ""; },
       "no log entry: inclusionProof.rootHash is missing"},
      {[](json& answer) { answer["inclusionProof"]["checkpoint"] = "note"; },
       "no log entry: inclusionProof.checkpoint.envelope is missing"},
      {[](json& answer) { answer["canonicalizedBody"] = nullptr; },
       "no log entry: canonicalizedBody is missing"}};
  for (const auto& [change, expected] : cases) {
    v2().faults().Clear();
    RewriteJson(v2(), change);
    EXPECT_THAT(WhyNot(V2()), HasSubstr(expected));
  }
}

TEST_F(RekorClientTest, AnswersThatAreNoJsonAreRefused) {
  for (const char* body : {"", "hello", "{\"a\":", "{\"a\":1,\"a\":2}"}) {
    v1().faults().Clear();
    v2().faults().Clear();
    Answer(v1(), MakeResponse(201, "application/json", body));
    Answer(v2(), MakeResponse(201, "application/json", body));
    EXPECT_THAT(WhyNot(V1()), HasSubstr("entries: answer: ")) << body;
    EXPECT_THAT(WhyNot(V2()), HasSubstr("entries: answer: ")) << body;
  }
}

TEST_F(RekorClientTest, AnAnswerBeyondTheLimitIsRefused) {
  Answer(v1(), MakeResponse(201, "application/json", std::string(limits::kMaxServiceAnswerBytes + 1, ' ')));
  EXPECT_THAT(WhyNot(V1(), absl::StatusCode::kResourceExhausted), HasSubstr("1048576"));
}

TEST_F(RekorClientTest, ATruncatedAnswerIsNotTriedAgain) {
  sandbox::Fault fault;
  fault.times = -1;
  fault.delivery = sandbox::Delivery{.kind = sandbox::Delivery::Kind::kTruncated, .missing = 10};
  v2().faults().Add(std::move(fault));
  WhyNot(V2(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(v2().log().size(), 1u);
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(RekorClientTest, ARedirectIsNotFollowed) {
  sandbox::HttpResponse redirect = MakeResponse(301, "text/plain", "");
  redirect.SetHeader("Location", v2().url());
  Answer(v1(), redirect);
  EXPECT_THAT(WhyNot(V1()), HasSubstr("answered 301 (redirects are not followed"));
  EXPECT_EQ(v2().log().size(), 0u);
}

}  // namespace
}  // namespace chartseal::publisher
