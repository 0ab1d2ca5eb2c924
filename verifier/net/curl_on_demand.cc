// The functions of libcurl that this room calls, each forwarding to the library, which is loaded at the first
// call. libcurl brings some thirty shared objects (Kerberos, LDAP, SSH, HTTP/2, …); loading them costs a
// command that never speaks HTTP, such as verify-blob, more time than its work. Only the ABI of libcurl.so.4
// is relied on, as when it is linked.

#include <curl/curl.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

// The header wraps these in macros that fix their number of arguments.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace {

// Options and results are a long, a pointer or a curl_off_t: all of one size here, so that one type can carry
// them on.
static_assert(sizeof(long) == sizeof(void*) && sizeof(curl_off_t) == sizeof(void*));

// Without the library nothing can be asked of any registry: "could not tell", before anything was done.
[[noreturn]] void Unavailable(const char* why) {
  std::fprintf(stderr, "chartseal: libcurl cannot be used: %s; install the package libcurl4\n", why);
  _exit(3);
}

void* Symbol(const char* name) {
  static void* const library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  void* const symbol = library == nullptr ? nullptr : dlsym(library, name);
  if (symbol == nullptr) Unavailable(dlerror());
  return symbol;
}

template <typename Function>
Function* Find(Function*, const char* name) {
  return reinterpret_cast<Function*>(Symbol(name));
}

}  // namespace

// Looked up once each; initialising a function-local static is thread-safe.
#define FORWARD(function, ...)                              \
  static const auto forwarded = Find(&function, #function); \
  return forwarded(__VA_ARGS__)

// The signatures are libcurl's, and so is the enumeration in front of the ellipsis that clang objects to.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wvarargs"
#endif

extern "C" {

CURLcode curl_global_init(long flags) { FORWARD(curl_global_init, flags); }
CURL* curl_easy_init(void) { FORWARD(curl_easy_init); }
CURLcode curl_easy_perform(CURL* handle) { FORWARD(curl_easy_perform, handle); }
void curl_easy_cleanup(CURL* handle) { FORWARD(curl_easy_cleanup, handle); }
void curl_easy_reset(CURL* handle) { FORWARD(curl_easy_reset, handle); }
const char* curl_easy_strerror(CURLcode code) { FORWARD(curl_easy_strerror, code); }
curl_slist* curl_slist_append(curl_slist* list, const char* text) { FORWARD(curl_slist_append, list, text); }
void curl_slist_free_all(curl_slist* list) { FORWARD(curl_slist_free_all, list); }

CURLcode curl_easy_setopt(CURL* handle, CURLoption option, ...) {
  va_list arguments;
  va_start(arguments, option);
  void* const value = va_arg(arguments, void*);
  va_end(arguments);
  FORWARD(curl_easy_setopt, handle, option, value);
}

CURLcode curl_easy_getinfo(CURL* handle, CURLINFO info, ...) {
  va_list arguments;
  va_start(arguments, info);
  void* const result = va_arg(arguments, void*);
  va_end(arguments);
  FORWARD(curl_easy_getinfo, handle, info, result);
}

}  // extern "C"
