#pragma once

#include <string>
#include <utility>
#include <variant>

#include "verifier/base/macros.h"
#include "verifier/base/reason.h"

namespace chartseal {

// A "no": a check was carried out and failed. (A check that could not be carried out is an absl::Status.)
struct Rejection {
  Reason reason = Reason::kNone;
  std::string detail;    // one line for a person: what was checked and how it failed
  std::string expected;  // what would have passed; empty when there is nothing to compare
  std::string found;     // what was there instead; empty when there is nothing to compare

  // "identity-mismatch: signed by another identity; expected X; found Y".
  std::string ToString() const;
};

// The outcome of a check that needs nothing from outside: a value, or a rejection. Never "could not tell".
template <typename T>
class [[nodiscard]] Checked {
 public:
  Checked(T value) : state_(std::move(value)) {}                  // NOLINT: implicit, as in StatusOr
  Checked(Rejection rejection) : state_(std::move(rejection)) {}  // NOLINT

  bool ok() const { return std::holds_alternative<T>(state_); }
  // Requires ok().
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  const T& operator*() const& { return value(); }
  const T* operator->() const { return &value(); }
  // Requires !ok().
  const Rejection& rejection() const { return std::get<Rejection>(state_); }

 private:
  std::variant<T, Rejection> state_;
};

// A check without a value.
struct Passed {};

#define RETURN_IF_REJECTED(expr)                                             \
  do {                                                                       \
    if (auto checked_ = (expr); !checked_.ok()) return checked_.rejection(); \
  } while (false)

#define ASSIGN_OR_REJECT(lhs, expr) ASSIGN_OR_REJECT_IMPL_(CHARTSEAL_CONCAT_(checked_, __LINE__), lhs, expr)
#define ASSIGN_OR_REJECT_IMPL_(var, lhs, expr) \
  auto var = (expr);                           \
  if (!var.ok()) return var.rejection();       \
  lhs = std::move(var).value()

}  // namespace chartseal
