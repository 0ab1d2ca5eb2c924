#pragma once

namespace chartseal::webhook {

// Which question the API server asked.
enum class Endpoint { kValidate, kMutate };

}  // namespace chartseal::webhook
