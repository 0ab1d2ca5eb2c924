#pragma once

#include <memory>

#include "publisher/release/progress.h"

namespace chartseal::cli {

// Shows steps on standard error as they begin and end; silent when that is no terminal.
std::unique_ptr<publisher::Progress> MakeStepProgress();

}  // namespace chartseal::cli
