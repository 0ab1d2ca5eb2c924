#pragma once

#include <string>
#include <utility>

namespace chartseal::oci {

// A password or token. Never prints: what is streamed or formatted is a fixed text; Reveal() is the one way
// to the value and stands where it goes onto the wire.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  // "[redacted]", or "" when there is nothing to hide.
  std::string ToString() const { return empty() ? "" : "[redacted]"; }

  template <typename Stream>
  friend Stream& operator<<(Stream& stream, const Secret& secret) {
    stream << secret.ToString();
    return stream;
  }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string value_;
};

}  // namespace chartseal::oci
