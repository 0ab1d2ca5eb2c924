#include <algorithm>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

#include "verifier/base/limits.h"
#include "verifier/base/strings.h"
#include "webhook/server_request_internal.h"

namespace chartseal::webhook::internal {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Error = beast::error_code;
using Step = RequestReader::Step;

std::string_view FromBeast(beast::string_view text) { return {text.data(), text.size()}; }
beast::string_view ToBeast(std::string_view text) { return {text.data(), text.size()}; }

// A body as a string that grows with what has come, not with what was announced.
struct ArrivedBody {
  using value_type = std::string;
  static constexpr size_t kFirstBytes = 64 << 10;

  class reader {
   public:
    template <bool kRequest, typename Fields>
    reader(http::header<kRequest, Fields>&, value_type& body) : body_(body) {}
    void init(const boost::optional<std::uint64_t>& length, Error& error) {
      body_.reserve(static_cast<size_t>(std::min<std::uint64_t>(length.value_or(0), kFirstBytes)));
      error = {};
    }
    template <typename Buffers>
    std::size_t put(const Buffers& buffers, Error& error) {
      error = {};
      std::size_t count = 0;
      for (const boost::asio::const_buffer buffer : beast::buffers_range_ref(buffers)) {
        body_.append(static_cast<const char*>(buffer.data()), buffer.size());
        count += buffer.size();
      }
      return count;
    }
    void finish(Error& error) { error = {}; }

   private:
    value_type& body_;
  };
};

// What no head contains: whoever sends it speaks something else, and need not be heard to its end.
bool HasControls(std::string_view head) {
  return std::any_of(head.begin(), head.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
  });
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

struct RequestReader::State {
  State(size_t head, size_t body) : head_limit(head), body_limit(body) {
    parser.header_limit(static_cast<std::uint32_t>(head));
    parser.body_limit(body);
  }

  const http::request<ArrivedBody>& message() const { return parser.get(); }

  Step Refuse(int status, std::string text, std::string_view limit = "") {
    refusal = {status, std::move(text), limit, {}};
    return Step::kRefused;
  }
  Step BadRequest(std::string_view why) { return Refuse(400, Cat("this is not HTTP/1.1: ", why, "\n")); }
  Step HeadTooLarge() {
    return Refuse(431, Cat("the head is over the limit of ", head_limit, " bytes\n"), "head");
  }
  Step BodyTooLarge() {
    return Refuse(413, Cat("the body is over the limit of ", body_limit, " bytes\n"), "body");
  }
  Step Failed(Error error) {
    if (error == http::error::body_limit) return BodyTooLarge();
    if (error == http::error::header_limit) return HeadTooLarge();
    return BadRequest(error.message());
  }

  Step FeedHead(std::string_view& bytes);
  Step ParseHead(std::string_view head);
  Step CheckFraming();
  Step FeedBody(std::string_view& bytes);
  Step FeedChunks(std::string_view& bytes);

  size_t Count(http::field name) const {
    const auto [begin, end] = message().equal_range(name);
    return static_cast<size_t>(std::distance(begin, end));
  }

  const size_t head_limit;
  const size_t body_limit;
  std::string held;      // of a head or chunk line that is not complete
  size_t body_read = 0;  // bytes of the body with its framing
  bool in_body = false;
  http::request_parser<ArrivedBody> parser;
  Refusal refusal;
};

Step RequestReader::State::FeedHead(std::string_view& bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  if (held.empty()) {
    const std::string_view window = bytes.substr(0, head_limit);
    const size_t end = window.find(kEnd);
    if (end != std::string_view::npos) {
      bytes.remove_prefix(end + kEnd.size());
      return ParseHead(window.substr(0, end + kEnd.size()));
    }
  }
  const size_t searched = held.size() < kEnd.size() ? 0 : held.size() - kEnd.size() + 1;
  const size_t before = held.size();
  held.append(bytes.substr(0, head_limit - std::min(head_limit, before)));
  const size_t end = held.find(kEnd, searched);
  if (end == std::string::npos) {
    if (HasControls(std::string_view(held).substr(before)))
      return BadRequest("a control character in the head");
    if (held.size() >= head_limit) return HeadTooLarge();
    bytes = {};
    return Step::kNeedMore;
  }
  bytes.remove_prefix(end + kEnd.size() - before);
  std::string head = std::move(held);
  held.clear();
  head.resize(end + kEnd.size());
  return ParseHead(head);
}

Step RequestReader::State::ParseHead(std::string_view head) {
  if (HasControls(head)) return BadRequest("a control character in the head");
  // Obsolete folding (RFC 9112 §5.2): a line that continues the one before.
  if (head.find("\r\n ") != std::string_view::npos || head.find("\r\n\t") != std::string_view::npos) {
    return BadRequest("a folded header line");
  }
  Error error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error) return Failed(error);
  if (!parser.is_header_done()) return BadRequest("the head ends early");
  in_body = true;
  parser.eager(true);
  return CheckFraming();
}

Step RequestReader::State::CheckFraming() {
  const auto& head = message();
  if (Count(http::field::host) > 1) return BadRequest("more than one Host");
  const size_t lengths = Count(http::field::content_length);
  if (lengths > 1 || (lengths == 1 && !IsDigits(FromBeast(head[http::field::content_length])))) {
    return BadRequest("more than one Content-Length, or one that is no number");
  }
  if (const size_t codings = Count(http::field::transfer_encoding); codings > 0) {
    if (lengths > 0) return BadRequest("Content-Length and Transfer-Encoding together");
    if (codings > 1 || head.version() < 11 ||
        !beast::iequals(head[http::field::transfer_encoding], "chunked")) {
      return BadRequest("another Transfer-Encoding than chunked");
    }
  }
  const auto [begin, end] = head.equal_range(http::field::content_encoding);
  if (std::any_of(begin, end, [](const auto& line) {
        return !line.value().empty() && !beast::iequals(line.value(), "identity");
      })) {
    return Refuse(415, "a Content-Encoding is not taken: send the body as it is\n");
  }
  return Step::kHead;
}

Step RequestReader::State::FeedBody(std::string_view& bytes) {
  if (parser.is_done()) return Step::kDone;
  if (bytes.empty()) return Step::kNeedMore;
  if (parser.chunked()) return FeedChunks(bytes);
  Error error;
  bytes.remove_prefix(parser.put(boost::asio::buffer(bytes.data(), bytes.size()), error));
  if (error && error != http::error::need_more) return Failed(error);
  return parser.is_done() ? Step::kDone : Step::kNeedMore;
}

Step RequestReader::State::FeedChunks(std::string_view& bytes) {
  const size_t before = held.size();
  held.append(bytes);
  Error error;
  size_t used = 0;
  while (!error && !parser.is_done() && used < held.size()) {
    used += parser.put(boost::asio::buffer(held.data() + used, held.size() - used), error);
  }
  if (error && error != http::error::need_more) return Failed(error);
  body_read += used;
  if (body_read > body_limit) return BodyTooLarge();  // the framing counts: a million chunks of one byte
  if (parser.is_done()) {
    bytes.remove_prefix(used - before);
    held.clear();
    return Step::kDone;
  }
  held.erase(0, used);
  bytes = {};
  if (held.size() > limits::kMaxChunkLineBytes) return BadRequest("a chunk line or trailers without end");
  return Step::kNeedMore;
}

RequestReader::RequestReader(size_t head_limit, size_t body_limit)
    : state_(std::make_unique<State>(head_limit, body_limit)) {}
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;

Step RequestReader::Feed(std::string_view& bytes) {
  return state_->in_body ? state_->FeedBody(bytes) : state_->FeedHead(bytes);
}

std::string_view RequestReader::method() const { return FromBeast(state_->message().method_string()); }

std::string_view RequestReader::path() const {
  const std::string_view target = FromBeast(state_->message().target());
  return target.substr(0, target.find('?'));
}

std::string_view RequestReader::query() const {
  const std::string_view target = FromBeast(state_->message().target());
  const size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
}

std::string_view RequestReader::Header(std::string_view name) const {
  return FromBeast(state_->message()[ToBeast(name)]);
}

bool RequestReader::keep_alive() const { return state_->message().keep_alive(); }
size_t RequestReader::body_size() const { return state_->message().body().size(); }
std::string RequestReader::TakeBody() { return std::move(state_->parser.get().body()); }
const Refusal& RequestReader::refusal() const { return state_->refusal; }

}  // namespace chartseal::webhook::internal
