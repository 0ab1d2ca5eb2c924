#include "verifier/net/curl_transfer.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "verifier/base/limits.h"
#include "verifier/base/status.h"
#include "verifier/base/strings.h"

namespace chartseal::net {
namespace {

absl::Status TooLarge(std::string_view where, std::string_view what) {
  return WithReason(absl::ResourceExhaustedError(Cat(where, ": ", what)), Reason::kLimitExceeded);
}

std::string AddressText(const curl_sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr, text, sizeof text);
  } else if (address.family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr, text, sizeof text);
  }
  return text;
}

bool IsTlsError(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

bool HasLineBreak(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

int StatusOf(std::string_view status_line) {
  const size_t blank = status_line.find(' ');
  int status = 0;
  if (blank != std::string_view::npos) {
    const std::string_view digits = status_line.substr(blank + 1, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
  }
  return status;
}

long Milliseconds(absl::Duration d) {
  return std::max<long>(1, absl::ToInt64Milliseconds(std::min(d, absl::Hours(24))));
}

}  // namespace

struct CurlTransfer::HeaderList {
  curl_slist* list = nullptr;
  ~HeaderList() { curl_slist_free_all(list); }
  void Add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
};

// What the library calls back, with the C types it wants.
struct CurlTransfer::Callbacks {
  static size_t Header(char* data, size_t size, size_t count, void* self) {
    const size_t bytes = size * count;
    return static_cast<CurlTransfer*>(self)->TakeHeaderLine({data, bytes}) ? bytes : 0;
  }
  static size_t Body(char* data, size_t size, size_t count, void* self) {
    const size_t bytes = size * count;
    return static_cast<CurlTransfer*>(self)->TakeBody({data, bytes}) ? bytes : CURL_WRITEFUNC_ERROR;
  }
  // Before a connection is attempted: the address that DNS gave.
  static curl_socket_t Open(void* self, curlsocktype, curl_sockaddr* address) {
    if (!static_cast<CurlTransfer*>(self)->MayDial(AddressText(*address))) return CURL_SOCKET_BAD;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  // Before the request is sent: a connection that is used again was perhaps opened under a wider scope.
  static int BeforeRequest(void* self, char* address, char*, int, int) {
    return static_cast<CurlTransfer*>(self)->MayDial(address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }
  // At least once a second.
  static int Progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<CurlTransfer*>(self)->MustStop() ? 1 : 0;
  }
};

CurlTransfer::CurlTransfer(void* handle, const HttpClientOptions& options, const HttpRequest& request,
                           std::optional<std::string> proxy)
    : handle_(handle),
      options_(options),
      request_(request),
      proxy_(std::move(proxy)),
      header_list_(std::make_unique<HeaderList>()),
      url_(request.url.ToString()) {
  static_assert(sizeof error_text_ >= CURL_ERROR_SIZE);
}

CurlTransfer::~CurlTransfer() { curl_easy_reset(handle_); }  // keeps the connections, forgets our pointers

std::string CurlTransfer::Where() const { return Cat(request_.method, " ", request_.url.Redacted()); }

absl::StatusOr<HttpResponse> CurlTransfer::Run() {
  if (options_.clock() >= request_.deadline) return ExplainTimeout();
  for (const auto& [name, value] : request_.headers.fields()) {
    if (HasLineBreak(name) || HasLineBreak(value)) {
      return Malformed(Reason::kRegistryError, Where(),
                       Cat("header ", Printable(name), " holds a line break"));
    }
  }
  SetUp();
  const CURLcode code = curl_easy_perform(handle_);
  if (!failure_.ok()) return failure_;
  if (code != CURLE_OK && !enough_) return Explain(code);
  const char* address = nullptr;
  curl_easy_getinfo(handle_, CURLINFO_PRIMARY_IP, &address);
  if (address != nullptr && !proxy_.has_value()) response_.peer_address = address;
  return std::move(response_);
}

void CurlTransfer::SetUp() {
  const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(handle_, option, value); };
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_NOSIGNAL, 1L);
  // Without it a name server that does not answer would hold us past the deadline: the library would wait for
  // its resolver thread, which is detached instead.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_ERRORBUFFER, error_text_);
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  // Both are set always, so that the library reads no variables of the environment by itself.
  set(CURLOPT_PROXY, proxy_.has_value() ? proxy_->c_str() : "");
  set(CURLOPT_NOPROXY, "");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(CURLOPT_HEADERFUNCTION, &Callbacks::Header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Callbacks::Body);
  set(CURLOPT_WRITEDATA, this);
  if (!proxy_.has_value()) {  // behind a proxy it is the proxy that resolves and dials
    set(CURLOPT_OPENSOCKETFUNCTION, &Callbacks::Open);
    set(CURLOPT_OPENSOCKETDATA, this);
    set(CURLOPT_PREREQFUNCTION, &Callbacks::BeforeRequest);
    set(CURLOPT_PREREQDATA, this);
  }
  SetUpTls();
  SetUpLimits();
  SetUpMethod();
  SetUpHeaders();
}

void CurlTransfer::SetUpTls() {
  const auto set_blob = [this](CURLoption option, const std::string& bytes) {
    // Not copied by the library: the options outlive every transfer.
    curl_blob blob = {const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
    curl_easy_setopt(handle_, option, &blob);
  };
  curl_easy_setopt(handle_, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (!options_.ca_pem.empty()) {
    set_blob(CURLOPT_CAINFO_BLOB, options_.ca_pem);
    curl_easy_setopt(handle_, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  } else if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle_, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(handle_, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  if (!options_.client_key_pem.empty()) {
    set_blob(CURLOPT_SSLCERT_BLOB, options_.client_certificate_pem);
    set_blob(CURLOPT_SSLKEY_BLOB, options_.client_key_pem);
  }
}

void CurlTransfer::SetUpLimits() {
  const auto set = [this](CURLoption option, auto value) { curl_easy_setopt(handle_, option, value); };
  if (request_.deadline != absl::InfiniteFuture()) {
    set(CURLOPT_TIMEOUT_MS, Milliseconds(request_.deadline - options_.clock()));
  }
  set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(request_.connect_timeout));
  if (request_.stall_time != absl::InfiniteDuration()) {
    set(CURLOPT_LOW_SPEED_LIMIT, long{limits::kStallBytesPerSecond});
    set(CURLOPT_LOW_SPEED_TIME, std::max<long>(1, absl::ToInt64Seconds(request_.stall_time)));
  }
  set(CURLOPT_TCP_KEEPALIVE, 1L);  // a peer that vanished while an answer was silent by nature is noticed
  // A handle only ever speaks to one origin (CurlPool): more connections would be left-overs of failures.
  set(CURLOPT_MAXCONNECTS, 1L);
  if (request_.cancelled) {
    set(CURLOPT_XFERINFOFUNCTION, &Callbacks::Progress);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
  }
}

void CurlTransfer::SetUpMethod() {
  const std::string& method = request_.method;
  if (method == "HEAD") {
    curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
  } else if (method == "POST" || method == "PUT" || method == "PATCH") {
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, request_.body.empty() ? "" : request_.body.data());
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, method.c_str());
  } else if (method != "GET") {
    curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, method.c_str());
  }
}

void CurlTransfer::SetUpHeaders() {
  // A name with nothing after ":" removes what the library would add.
  header_list_->Add("Expect:");
  if (!request_.headers.Has("Content-Type")) header_list_->Add("Content-Type:");
  for (const auto& [name, value] : request_.headers.fields()) {
    header_list_->Add(value.empty() ? Cat(name, ";") : Cat(name, ": ", value));
  }
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, header_list_->list);
}

bool CurlTransfer::TakeHeaderLine(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > limits::kMaxHeaderBytes ||
      response_.headers.fields().size() >= limits::kMaxHeaderCount) {
    failure_ = TooLarge(Where(), "the answer has more header lines than are accepted");
    return false;
  }
  line = FromAbsl(absl::StripAsciiWhitespace(ToAbsl(line)));
  if (line.starts_with("HTTP/") && (headers_done_ || response_.status == 0)) {
    // An interim answer (100, 103) is followed by the real one.
    response_.status = StatusOf(line);
    response_.headers = Headers();
    headers_done_ = false;
  } else if (line.empty()) {
    headers_done_ = true;
  } else if (const size_t colon = line.find(':'); colon != line.npos && !headers_done_) {  // no trailers
    response_.headers.Add(std::string(line.substr(0, colon)),
                          std::string(FromAbsl(absl::StripAsciiWhitespace(ToAbsl(line.substr(colon + 1))))));
  }
  return true;
}

bool CurlTransfer::TakeBody(std::string_view piece) {
  if (!response_.ok()) {
    const size_t room = limits::kMaxErrorBodyBytes - response_.body.size();
    response_.body += piece.substr(0, room);
    enough_ = piece.size() > room;
    return !enough_;
  }
  body_bytes_ += piece.size();
  if (body_bytes_ > request_.max_body_bytes) {
    failure_ = TooLarge(Where(), Cat("the answer is longer than ", request_.max_body_bytes, " bytes"));
    return false;
  }
  if (request_.sink) {
    failure_ = request_.sink(piece);
    return failure_.ok();
  }
  response_.body += piece;
  return true;
}

bool CurlTransfer::MayDial(std::string_view address) {
  if (Allows(request_.dial_scope, ClassifyAddress(address))) return true;
  refused_dial_ = std::string(address);
  return false;
}

bool CurlTransfer::MustStop() {
  if (!failure_.ok() || !request_.cancelled()) return false;
  failure_ = WithReason(absl::CancelledError(Cat(Where(), ": given up by the caller")), Reason::kUnreachable);
  return true;
}

absl::Status CurlTransfer::ExplainTimeout() const {
  const std::string text = Cat(Where(), ": the time allowed ran out");
  return WithReason(absl::DeadlineExceededError(text), Reason::kDeadlineExceeded);
}

absl::Status CurlTransfer::Explain(int curl_code) const {
  const auto code = static_cast<CURLcode>(curl_code);
  const std::string detail = Printable(*error_text_ != '\0' ? error_text_ : curl_easy_strerror(code));
  if (!refused_dial_.empty() && (code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK)) {
    const std::string text = Cat(Where(), ": the name leads to ", refused_dial_,
                                 ", an address further inside than the server that named it");
    return WithReason(absl::PermissionDeniedError(text), Reason::kDialRefused);
  }
  if (code == CURLE_OPERATION_TIMEDOUT && options_.clock() + absl::Milliseconds(20) >= request_.deadline) {
    return ExplainTimeout();
  }
  long os_error = 0;
  curl_easy_getinfo(handle_, CURLINFO_OS_ERRNO, &os_error);
  const bool cut_off =
      code == CURLE_SSL_CONNECT_ERROR && (os_error != 0 || detail.find("SYSCALL") != std::string::npos);
  if (IsTlsError(code) && !cut_off) {
    return WithReason(absl::FailedPreconditionError(Cat(Where(), ": TLS: ", detail)), Reason::kTlsFailed);
  }
  return WithReason(absl::UnavailableError(Cat(Where(), ": ", detail)), Reason::kUnreachable);
}

}  // namespace chartseal::net
