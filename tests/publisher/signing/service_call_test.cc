#include "publisher/signing/service_call.h"

#include <gmock/gmock.h>

#include <deque>

#include "tests/base/why.h"
#include "verifier/base/limits.h"

namespace chartseal::publisher {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr ServiceKind kKind = {"service", Reason::kRekorFailed, absl::Seconds(30)};
constexpr char kToken[] = "header-of-the-token.claims-of-the-token.signature-of-the-token";
const absl::Time kNow = absl::FromUnixSeconds(1'780'000'000);

// Answers from a list and keeps what it was asked.
class ScriptedClient : public net::HttpClient {
 public:
  absl::StatusOr<net::HttpResponse> Perform(const net::HttpRequest& request) override {
    deadlines.push_back(request.deadline);
    stall_time = request.stall_time;
    max_body_bytes = request.max_body_bytes;
    auto answer = answers.front();
    if (answers.size() > 1) answers.pop_front();
    return answer;
  }

  std::deque<absl::StatusOr<net::HttpResponse>> answers;
  std::vector<absl::Time> deadlines;
  absl::Duration stall_time;
  size_t max_body_bytes = 0;
};

class ServiceCallTest : public testing::Test {
 protected:
  ServiceCallTest() {
    caller_.http = client_;
    caller_.clock = [this] { return now_; };
    caller_.sleeper = [this](absl::Duration wait) {
      waits_.push_back(wait);
      now_ += wait;
    };
  }
  static net::HttpResponse Response(int status, std::string body = "", std::string retry_after = "") {
    net::HttpResponse response{.status = status, .body = std::move(body)};
    if (!retry_after.empty()) response.headers.Add("Retry-After", retry_after);
    return response;
  }
  auto Call(absl::Time deadline = kNow + absl::Hours(1)) {
    return CallService(caller_, kKind, request_, deadline);
  }
  std::string ErrorOf(const net::HttpResponse& response, std::string_view advice = "") {
    return Why(ServiceError(kKind, request_, response, advice));
  }

  std::shared_ptr<ScriptedClient> client_ = std::make_shared<ScriptedClient>();
  absl::Time now_ = kNow;
  std::vector<absl::Duration> waits_;
  ServiceCaller caller_;
  ServiceRequest request_ = {.url = net::Url::Parse("https://service.example/path?key=hidden").value(),
                             .bearer = oci::Secret(kToken)};
};

TEST_F(ServiceCallTest, ARequestHasItsOwnTimeWithinTheDeadline) {
  client_->answers = {Response(500), Response(200)};
  EXPECT_TRUE(Call(kNow + absl::Seconds(40)).ok());
  EXPECT_THAT(client_->deadlines, ElementsAre(kNow + absl::Seconds(30), kNow + absl::Seconds(31)));
  client_->deadlines.clear();
  now_ = kNow;
  EXPECT_TRUE(Call(kNow + absl::Seconds(5)).ok());
  EXPECT_THAT(client_->deadlines, ElementsAre(kNow + absl::Seconds(5)));
}

TEST_F(ServiceCallTest, SilenceIsNoStallAndAnswersAreBounded) {
  client_->answers = {Response(200)};
  EXPECT_TRUE(Call().ok());
  EXPECT_EQ(client_->stall_time, absl::InfiniteDuration());
  EXPECT_EQ(client_->max_body_bytes, limits::kMaxServiceAnswerBytes);
}

TEST_F(ServiceCallTest, OnlyServerErrorsAnd429AreTriedAgain) {
  for (const int status : {429, 500, 501, 502, 503, 504, 599}) {
    waits_.clear();
    client_->answers = {Response(status), Response(200)};
    EXPECT_EQ(Call()->status, 200) << status;
    EXPECT_THAT(waits_, ElementsAre(absl::Seconds(1))) << status;
  }
  for (const int status : {200, 201, 204, 301, 307, 400, 401, 403, 404, 405, 408, 409, 410, 422, 499, 600}) {
    waits_.clear();
    client_->answers = {Response(status), Response(200)};
    EXPECT_EQ(Call()->status, status);
    EXPECT_THAT(waits_, IsEmpty()) << status;
  }
}

TEST_F(ServiceCallTest, ATransportErrorIsNotTriedAgainAndCarriesTheServicesName) {
  client_->answers = {WithReason(absl::UnavailableError("connection refused"), Reason::kUnreachable),
                      Response(200)};
  const auto response = Call();
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Why(response), "rekor-failed: service https://service.example/path?...: connection refused");
  EXPECT_EQ(client_->deadlines.size(), 1u);
}

TEST_F(ServiceCallTest, TheLastAnswerIsHandedOut) {
  client_->answers = {Response(500, "first"), Response(503, "second"), Response(200)};
  EXPECT_EQ(Call()->body, "second");
  EXPECT_EQ(client_->deadlines.size(), 1u + limits::kServiceRetries);
}

TEST_F(ServiceCallTest, RetryAfterCountsWhenItIsLongerAndFits) {
  const std::pair<const char*, absl::Duration> cases[] = {{"0", absl::Seconds(1)},
                                                          {"1", absl::Seconds(1)},
                                                          {"20", absl::Seconds(20)},
                                                          {"-5", absl::Seconds(1)},
                                                          {"nonsense", absl::Seconds(1)}};
  for (const auto& [value, wait] : cases) {
    waits_.clear();
    now_ = kNow;
    client_->answers = {Response(429, "", value), Response(200)};
    EXPECT_EQ(Call()->status, 200);
    EXPECT_THAT(waits_, ElementsAre(wait)) << value;
  }
  waits_.clear();
  client_->answers = {Response(429, "", "4000000000"), Response(200)};
  EXPECT_EQ(Call()->status, 429);
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(ServiceCallTest, NoWaitGoesBeyondTheDeadline) {
  client_->answers = {Response(500), Response(200)};
  EXPECT_EQ(Call(kNow + absl::Seconds(1))->status, 500);
  EXPECT_THAT(waits_, IsEmpty());
}

TEST_F(ServiceCallTest, StatusesBecomeTheCodesThatFit) {
  const std::pair<int, absl::StatusCode> cases[] = {
      {301, absl::StatusCode::kFailedPrecondition}, {400, absl::StatusCode::kFailedPrecondition},
      {401, absl::StatusCode::kPermissionDenied},   {403, absl::StatusCode::kPermissionDenied},
      {404, absl::StatusCode::kFailedPrecondition}, {405, absl::StatusCode::kUnimplemented},
      {409, absl::StatusCode::kFailedPrecondition}, {429, absl::StatusCode::kResourceExhausted},
      {500, absl::StatusCode::kUnavailable},        {503, absl::StatusCode::kUnavailable}};
  for (const auto& [status, code] : cases) {
    const absl::Status error = ServiceError(kKind, request_, Response(status), "");
    EXPECT_EQ(error.code(), code) << status;
    EXPECT_EQ(ReasonOf(error), Reason::kRekorFailed);
    EXPECT_THAT(Message(error),
                HasSubstr("service https://service.example/path?... answered " + std::to_string(status)));
    EXPECT_THAT(Message(error), Not(HasSubstr("hidden")));
  }
}

TEST_F(ServiceCallTest, TheServicesWordsAreShownWithoutTheToken) {
  const char* quotes[] = {
      R"({"message":"token header-of-the-token.claims-of-the-token.signature-of-the-token is bad"})",
      R"({"message":"claims=claims-of-the-token"})", "signature-of-the-token",
      R"j({"message":"(signature-of-the-token)"})j"};
  for (const char* body : quotes) {
    const std::string why = ErrorOf(Response(400, body));
    EXPECT_THAT(why, HasSubstr("[redacted]")) << body;
    EXPECT_THAT(why, Not(HasSubstr("of-the-token"))) << body;
  }
}

TEST_F(ServiceCallTest, JsonWithoutAMessageAndPagesAreNotShown) {
  for (const char* body : {"{\"error\":5}", "{\"message\":7}", "{broken", "<html>no</html>", ""}) {
    EXPECT_EQ(ErrorOf(Response(400, body), "do this"),
              "rekor-failed: service https://service.example/path?... answered 400 (do this)")
        << body;
  }
}

TEST_F(ServiceCallTest, UrlsAreJoinedWithOneSlash) {
  EXPECT_EQ(ServiceUrl(kKind, "https://a.example", "/p")->ToString(), "https://a.example/p");
  EXPECT_EQ(ServiceUrl(kKind, "https://a.example//", "/p")->ToString(), "https://a.example/p");
  EXPECT_EQ(ServiceUrl(kKind, "https://a.example/base/", "/p")->ToString(), "https://a.example/base/p");
  EXPECT_EQ(ServiceUrl(kKind, "https://a.example/whole/", "")->ToString(), "https://a.example/whole/");
  EXPECT_THAT(Why(ServiceUrl(kKind, "a.example", "/p")),
              testing::StartsWith("rekor-failed: service's URL: "));
}

}  // namespace
}  // namespace chartseal::publisher
