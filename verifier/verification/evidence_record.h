#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "verifier/base/node.h"
#include "verifier/verification/evidence.h"

// Evidence as part of a decision record (a JSON document), written where it was judged and read back to judge
// it again without the network:
//
//   candidates: [{ layout, source, repository, format, content, annotations } | { layout, source, repository,
//   error }] others:     [{ digest, artifactType }] gaps:       [{ code, reason, message }]
//
// `content` is the blob in base64, exactly as the registry gave it: reading decodes it afresh, so a record
// holds nothing that is believed without being verified. `error` and gaps are statuses, with the names of
// their code and reason. `repository` and `annotations` are left out when empty.
namespace chartseal::verification {

// FailedPrecondition when a candidate was not made by FetchEvidence or MakeCandidate, and so has lost its
// bytes.
absl::StatusOr<Node> WriteEvidence(const Evidence& evidence);

// Strict: unknown members, unknown names and what is not base64 are refused, InvalidArgument with
// Reason::kJsonMalformed. Content that is no signature is not an error but a candidate that says so, as when
// it was fetched. `where` names the document.
absl::StatusOr<Evidence> ReadEvidence(const Node& node, std::string_view where);

}  // namespace chartseal::verification
