#pragma once

// Internal to the server: one HTTP/1.1 request, from bytes. No sockets, no clock.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chartseal::webhook::internal {

// A request that gets no further; what it is answered.
struct Refusal {
  int status = 0;
  std::string text;
  std::string_view limit;  // the name for Metrics::LimitReached(), "" when none was reached
  std::vector<std::pair<std::string, std::string>> headers;
};

// Reads one request (RFC 9112), and refuses every shape that two readers could understand differently: both
// lengths, two lengths, other transfer codings than chunked, folded headers. Holds no more than an unfinished
// head or chunk line, and the body.
class RequestReader {
 public:
  enum class Step { kNeedMore, kHead, kDone, kRefused };

  RequestReader(size_t head_limit, size_t body_limit);
  ~RequestReader();
  RequestReader(RequestReader&&) noexcept;
  RequestReader& operator=(RequestReader&&) noexcept;

  // Takes bytes off the front. kHead once, when the head is complete; kDone leaves what follows the request;
  // kNeedMore takes everything. Not to be called after kDone or kRefused.
  Step Feed(std::string_view& bytes);

  // From kHead on. Views last as long as the reader.
  std::string_view method() const;
  std::string_view path() const;
  std::string_view query() const;  // without '?'
  std::string_view Header(std::string_view name) const;
  bool keep_alive() const;

  size_t body_size() const;
  std::string TakeBody();
  // Of kRefused.
  const Refusal& refusal() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chartseal::webhook::internal
