#pragma once

#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "audit/cluster.h"
#include "gtest/gtest.h"
#include "tests/audit/fake_cluster.h"
#include "verifier/base/strings.h"

namespace chartseal::audit {

// A cluster with the usual kinds, and a client for it.
class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() { api_.AddUsualKinds(); }

  Cluster cluster(std::string_view namespace_name = "") { return {*client_, clock_, namespace_name}; }

  // One container "web" of this image.
  void PutDeployment(const std::string& namespace_name, const std::string& name, const std::string& image) {
    api_.Put("deployments", Cat(R"({"metadata":{"namespace":")", namespace_name, R"(","name":")", name,
                                R"(","uid":"uid-)", namespace_name, name,
                                R"("},"spec":{"template":{"spec":{"containers":[{"name":"web","image":")",
                                image, R"("}]}}}})"));
  }

  FakeCluster api_;
  const net::Clock clock_ = net::SystemClock();
  const std::shared_ptr<kube::Client> client_ = kube::MakeClient(api_.config()).value();
};

}  // namespace chartseal::audit
