#pragma once

#include <cstddef>

namespace chartseal::webhook {

// Raises the soft limit of open files of this process to `needed`, when it is lower and as far as the hard
// limit goes. Logs a warning when that is not enough. Returns the limit that holds now.
size_t RaiseDescriptorLimit(size_t needed);

}  // namespace chartseal::webhook
