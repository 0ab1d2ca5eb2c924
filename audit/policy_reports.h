#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "audit/result.h"
#include "verifier/base/node.h"

// Findings as objects that dashboards of clusters show: PolicyReport and ClusterPolicyReport of
// wgpolicyk8s.io/v1alpha2 (Kubernetes Policy Working Group).
namespace chartseal::audit {

inline constexpr std::string_view kReportApi = "/apis/wgpolicyk8s.io/v1alpha2";
// Of the names of all our reports; a number follows.
inline constexpr std::string_view kReportNamePrefix = "chartseal-audit-";
inline constexpr std::string_view kManagedByLabel = "app.kubernetes.io/managed-by";
inline constexpr std::string_view kManagedBy = "chartseal";

// One of them, as it is sent to an API server.
struct PolicyReport {
  std::string namespace_name;  // empty: a ClusterPolicyReport
  std::string name;            // "chartseal-audit-1"
  Node object;
};

// A report for each namespace, in parts of at most limits::kMaxReportResults results that etcd can store, and
// one for objects without a namespace. One result for each object and policy: pass, fail (an enforcing policy
// says no), warn (one that only warns does), error (could not tell) or skip (no policy covers it, and
// policies let that pass). Gaps are errors of the ClusterPolicyReport, or of `gap_namespace` when that is not
// empty: who may write reports of one namespace may write no others.
std::vector<PolicyReport> MakePolicyReports(const Findings& findings, std::string_view gap_namespace,
                                            absl::Time now);

// All of them as one List, for `kubectl apply -f -`.
Node ListOf(const std::vector<PolicyReport>& reports);

}  // namespace chartseal::audit
