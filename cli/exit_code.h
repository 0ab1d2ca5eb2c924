#pragma once

namespace chartseal::cli {

// What scripts test for (design §5). For several artifacts: a "no" outweighs "could not tell", which
// outweighs "yes".
enum class ExitCode { kYes = 0, kNo = 1, kUsage = 2, kCouldNotTell = 3 };

}  // namespace chartseal::cli
