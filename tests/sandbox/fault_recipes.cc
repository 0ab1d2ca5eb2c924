#include "tests/sandbox/fault_recipes.h"

#include <zlib.h>

#include "absl/strings/str_cat.h"
#include "tests/sandbox/registry_handlers.h"

namespace chartseal::sandbox {
namespace {

std::string Gzip(const std::string& plain) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, 9, Z_DEFLATED, kGzipWindow, 9, Z_DEFAULT_STRATEGY) != Z_OK) return "";
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  std::string input = plain;
  stream.next_in = reinterpret_cast<unsigned char*>(input.data());
  stream.avail_in = static_cast<unsigned int>(input.size());
  stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_out = static_cast<unsigned int>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace

HttpResponse StatusAnswer(int status, std::string retry_after) {
  HttpResponse response =
      RegistryError(status, status == 429 ? "TOOMANYREQUESTS" : "UNAVAILABLE", "as scripted");
  if (!retry_after.empty()) response.SetHeader("Retry-After", std::move(retry_after));
  return response;
}

HttpResponse RedirectAnswer(std::string location, int status) {
  HttpResponse response{.status = status};
  response.SetHeader("Location", std::move(location));
  return response;
}

HttpResponse BodyAnswer(std::string content_type, std::string body) {
  return MakeResponse(200, std::move(content_type), std::move(body));
}

std::string HttpDate(absl::Time when) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", when, absl::UTCTimeZone());
}

Rewrite RedirectToItself() {
  return [](const HttpRequest& request, HttpResponse& response) {
    char joint = request.target.find('?') == std::string::npos ? '?' : '&';
    response = RedirectAnswer(absl::StrCat(request.target, std::string(1, joint), "again=1"));
  };
}

Rewrite FlipLastByte() {
  return [](const HttpRequest&, HttpResponse& response) {
    if (!response.body.empty()) response.body.back() ^= 1;
  };
}

Rewrite AppendByte(char byte) {
  return [byte](const HttpRequest&, HttpResponse& response) { response.body.push_back(byte); };
}

Rewrite PadTo(std::size_t bytes) {
  return [bytes](const HttpRequest&, HttpResponse& response) {
    if (response.body.size() < bytes) response.body.resize(bytes, ' ');
  };
}

Rewrite ReplaceContentType(std::string type) {
  return [type](const HttpRequest&, HttpResponse& response) {
    response.RemoveHeader("Content-Type");
    if (!type.empty()) response.SetHeader("Content-Type", type);
  };
}

Rewrite ReplaceHeader(std::string name, std::string value) {
  return [name, value](const HttpRequest&, HttpResponse& response) { response.SetHeader(name, value); };
}

Rewrite DuplicateFirstKey() {
  return [](const HttpRequest&, HttpResponse& response) {
    std::size_t open = response.body.find('"');
    std::size_t close = open == std::string::npos ? open : response.body.find('"', open + 1);
    if (close == std::string::npos) return;
    response.body.insert(open, response.body.substr(open, close + 1 - open) + ":0,");
  };
}

Rewrite NestDeeply(std::size_t depth) {
  return [depth](const HttpRequest&, HttpResponse& response) {
    response.body = absl::StrCat(std::string(depth, '['), response.body, std::string(depth, ']'));
  };
}

Rewrite GzipBomb(std::size_t unpacked_bytes) {
  return [unpacked_bytes](const HttpRequest&, HttpResponse& response) {
    if (response.body.size() < unpacked_bytes) response.body.resize(unpacked_bytes, ' ');
    response.body = Gzip(response.body);
    response.SetHeader("Content-Encoding", "gzip");
  };
}

Rewrite LinkTo(std::string target) {
  return ReplaceHeader("Link", absl::StrCat("<", target, ">; rel=\"next\""));
}

Rewrite LinkToItself() {
  return [](const HttpRequest& request, HttpResponse& response) {
    response.SetHeader("Link", absl::StrCat("<", request.target, ">; rel=\"next\""));
  };
}

Rewrite HeaderFlood(std::size_t count, std::size_t value_bytes) {
  return [count, value_bytes](const HttpRequest&, HttpResponse& response) {
    for (std::size_t i = 0; i < count; ++i) {
      response.headers.emplace_back(absl::StrCat("X-Flood-", i), std::string(value_bytes, 'f'));
    }
  };
}

Delivery DripDelivery(std::size_t chunk, absl::Duration pause) {
  return {.kind = Delivery::Kind::kDrip, .chunk = chunk, .pause = pause};
}

Delivery TruncatedDelivery(std::size_t missing) {
  return {.kind = Delivery::Kind::kTruncated, .missing = missing};
}

Delivery EndlessDelivery(absl::Duration pause) { return {.kind = Delivery::Kind::kEndless, .pause = pause}; }

Delivery ResetDelivery() { return ScriptDelivery({.ending = Ending::kReset}); }

Delivery HangDelivery() { return ScriptDelivery({.ending = Ending::kHang}); }

Delivery ScriptDelivery(ByteScript script) {
  return {.kind = Delivery::Kind::kScript, .script = std::move(script)};
}

ByteScript ResetAfter(std::string bytes) {
  // The pause lets the bytes arrive: a reset throws away what the peer has not read yet.
  return {.steps = {{.bytes = std::move(bytes), .pause = absl::Milliseconds(50)}}, .ending = Ending::kReset};
}

ByteScript DripBytes(const std::string& bytes, absl::Duration pause) {
  ByteScript script;
  for (char byte : bytes) script.steps.push_back({.bytes = std::string(1, byte), .pause = pause});
  return script;
}

ByteScript EndlessHeaders() {
  return {.steps = {{.bytes = "HTTP/1.1 200 OK\r\n"},
                    {.bytes = absl::StrCat("X-Flood: ", std::string(1000, 'f'), "\r\n"), .repeat = -1}}};
}

}  // namespace chartseal::sandbox
