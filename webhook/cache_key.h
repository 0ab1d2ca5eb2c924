#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace chartseal::webhook {

// SHA-256 of several texts, each with its length before it: nobody can make two different lists meet.
using CacheKey = std::array<uint8_t, 32>;

CacheKey MakeCacheKey(std::initializer_list<std::string_view> parts);

}  // namespace chartseal::webhook
