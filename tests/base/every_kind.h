#pragma once

namespace chartseal {

// A text with every kind of JSON value, escape and number.
inline constexpr char kEveryKind[] =
    R"({"z":[1,-2.5,true,null,false,"äΩ\ud83d\ude00\n\"\\\/\b\f\r\t\u0000"],"a":{},"e":[],"":"",
        "n":{"m":[{"k":-9223372036854775808},18446744073709551615,1e-7,-0.0,-0,0.1e+3]}})";

}  // namespace chartseal
