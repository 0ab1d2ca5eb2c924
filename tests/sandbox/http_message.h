#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace chartseal::sandbox {

// One step of what a scripted peer puts on the wire.
struct ByteStep {
  std::string bytes;                            // sent as they are
  absl::Duration pause = absl::ZeroDuration();  // waited after the bytes
  std::int64_t repeat = 1;  // how often the step is played; negative: until the peer leaves
};

// How a scripted connection ends.
enum class Ending {
  kClose,  // orderly: FIN
  kReset,  // abortive: RST, unsent bytes are lost
  kHang,   // stays open and silent until the client leaves or the server stops
};

// Raw bytes with delays; nothing adds a status line, a header or a terminator.
struct ByteScript {
  std::vector<ByteStep> steps;
  Ending ending = Ending::kClose;
};

// How the body of a response reaches the client.
struct Delivery {
  enum class Kind {
    kWhole,      // at once
    kDrip,       // Content-Length is right, `chunk` bytes arrive every `pause`
    kTruncated,  // Content-Length promises `missing` bytes more than are sent, then the connection closes
    kEndless,    // chunked transfer coding; the body is repeated until the client leaves
    kScript,     // `script` instead of any HTTP response (plain-text connections only, except Ending::kReset
                 // alone)
  };
  Kind kind = Kind::kWhole;
  std::size_t chunk = 1;
  absl::Duration pause = absl::ZeroDuration();
  std::size_t missing = 1;
  ByteScript script;
};

// A request as the sandbox's servers see it.
struct HttpRequest {
  std::string method;
  std::string path;                                 // percent-decoded, without the query
  std::string target;                               // as on the request line
  std::multimap<std::string, std::string> query;    // percent-decoded
  std::multimap<std::string, std::string> headers;  // names in lower case
  std::string body;
  int client_port = 0;  // tells connections apart

  // The first value of a header (`name` in lower case) or of a query parameter; nothing when absent.
  std::optional<std::string> Header(const std::string& name) const;
  std::optional<std::string> Parameter(const std::string& name) const;
};

// A response: headers are sent as they are, duplicates included; Content-Length is added.
struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Delivery delivery;

  // Replaces every value of `name` (compared without regard to case).
  void SetHeader(std::string_view name, std::string value);
  void RemoveHeader(std::string_view name);
};

// A response with a body of the given media type.
HttpResponse MakeResponse(int status, std::string content_type, std::string body);

}  // namespace chartseal::sandbox
