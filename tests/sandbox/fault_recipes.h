#pragma once

#include <string>

#include "absl/time/time.h"
#include "tests/sandbox/fault.h"
#include "tests/sandbox/http_message.h"

// Parts to put into a Fault, e.g.
//   registry->AddFault({.path_glob = "*/manifests/*", .times = 2, .respond = StatusAnswer(429, "1")});
//   registry->AddFault({.path_glob = "*/blobs/*", .delivery = DripDelivery(1, absl::Milliseconds(50))});
namespace chartseal::sandbox {

// Answers, for Fault::respond.

// A registry error with this status; `retry_after` goes into Retry-After unless "" (seconds or HttpDate()).
HttpResponse StatusAnswer(int status, std::string retry_after = "");
// A redirect to exactly this Location: another host, http instead of https, a private literal address.
HttpResponse RedirectAnswer(std::string location, int status = 307);
// A body of any kind with status 200: invalid JSON, a page of a captive portal.
HttpResponse BodyAnswer(std::string content_type, std::string body);
// `when` as an IMF-fixdate, e.g. "Sun, 06 Nov 1994 08:49:37 GMT".
std::string HttpDate(absl::Time when);

// Changes to the real answer, for Fault::rewrite.

using Rewrite = std::function<void(const HttpRequest&, HttpResponse&)>;

Rewrite RedirectToItself();                    // a loop; the query grows so that no two URLs are equal
Rewrite FlipLastByte();                        // same length, other digest
Rewrite AppendByte(char byte = ' ');           // longer than the descriptor says
Rewrite PadTo(std::size_t bytes);              // JSON stays valid: spaces at the end
Rewrite ReplaceContentType(std::string type);  // "" becomes text/plain; none at all takes a script
Rewrite ReplaceHeader(std::string name, std::string value);
Rewrite DuplicateFirstKey();                   // the first member of the JSON object occurs twice
Rewrite NestDeeply(std::size_t depth);         // the JSON value inside so many arrays
Rewrite GzipBomb(std::size_t unpacked_bytes);  // Content-Encoding: gzip, the body followed by spaces
Rewrite LinkTo(std::string target);            // Link: <target>; rel="next"
Rewrite LinkToItself();                        // a list that never ends
Rewrite HeaderFlood(std::size_t count, std::size_t value_bytes);

// Ways of sending, for Fault::delivery.

Delivery DripDelivery(std::size_t chunk, absl::Duration pause);
Delivery TruncatedDelivery(std::size_t missing = 1);
Delivery EndlessDelivery(absl::Duration pause = absl::ZeroDuration());
Delivery ResetDelivery();                    // RST before the status line; works under TLS too
Delivery HangDelivery();                     // never answers
Delivery ScriptDelivery(ByteScript script);  // raw bytes; not under TLS

// Scripts that no HTTP library would send.

ByteScript ResetAfter(std::string bytes);                              // some bytes, then RST
ByteScript DripBytes(const std::string& bytes, absl::Duration pause);  // one byte at a time, then close
ByteScript EndlessHeaders();                                           // a response head that never ends

}  // namespace chartseal::sandbox
