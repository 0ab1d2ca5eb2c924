#pragma once

#include <string_view>

namespace chartseal::publisher {

enum class GlobMatch { kNo, kYes, kMalformed };

// Go's filepath.Match on Unix, which .helmignore is defined by (spec/helm-oci-kubernetes.md §1.3): "*" is any
// run of characters but "/", "?" any one character but "/", "[a-z]" and "[^a-z]" one character of a class
// (also "/"), "\" takes the next character as it stands; the pattern must cover the whole name. kMalformed
// for a class that is empty, open or begins with "-", for a "\" at the end, and for a class that is no UTF-8;
// as in Go it is found out only as far as the pattern is looked at: up to the first "*" that no more can
// follow. Time is at most the product of both lengths times the number of stars.
GlobMatch GoMatch(std::string_view pattern, std::string_view name);

}  // namespace chartseal::publisher
