#pragma once

#include <string>
#include <string_view>

#include "verifier/base/node.h"

namespace chartseal::chart {

// What YAML readers make of a plain scalar (one without quotes): helm's (go-yaml v2, YAML 1.1) and those of
// YAML 1.2.
enum class PlainKind {
  kString,     // every one of them: a string
  kTimestamp,  // YAML 1.1: a time; helm takes it for a string all the same
  kSameText,   // a number or boolean that helm turns into a string of just this text: 2, 1.16, true
  kNull,       // null, ~
  kAmbiguous,  // a number or boolean of which helm makes another string (1.10, 0x1f, yes), or that YAML 1.1
               // and 1.2 take for different things (0644, 1_000, 1:30)
};

// helm quotes whatever is not kString when it writes (its go-yaml asks the same rules in the other
// direction), so that none of them ever stands in an archive that helm made.
PlainKind ClassifyPlain(std::string_view text);

// What helm makes of the plain scalar: null, a boolean, an integer, a number or a string. An integer beyond
// int64 is a number. ".inf" and ".nan" are numbers too, which have no place in JSON.
Node GoValueOfPlain(std::string_view text);
// The key of a JSON object that helm makes of such a value; "" of null, which it refuses.
std::string GoKeyOf(const Node& value);

// "true" and "false" in the forms that YAML 1.1 and 1.2 share.
bool IsPlainTrue(std::string_view text);
bool IsPlainFalse(std::string_view text);

}  // namespace chartseal::chart
