# shellcheck shell=bash
# Sourced after parts.sh: the real tools that a cluster is made of, each at an exact version. Leaves the programs in the
# environment for run.py.

kubernetes=v1.34.4
etcd_dir=$cache/etcd-v3.6.8
apiserver_dir=$cache/kube-apiserver-$kubernetes
controllers_dir=$cache/kube-controller-manager-$kubernetes
kubectl_dir=$cache/kubectl-$kubernetes

# Without a version linked in, the API server says v0.0.0 and helm refuses to work with it.
kubernetes_version="-X k8s.io/component-base/version.gitVersion=$kubernetes\
 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34\
 -X k8s.io/client-go/pkg/version.gitVersion=$kubernetes"

kubernetes_part() { # kubernetes_part DIR SECONDS
  local name=${1##*/}
  go_part "$1" "$parts/kubernetes" "k8s.io/kubernetes/cmd/${name%-v[0-9]*}" "$2" "$kubernetes_version"
}

cluster_parts() {
  need openssl "install openssl"
  go_part "$etcd_dir" "$parts/etcd" go.etcd.io/etcd/server/v3 105
  kubernetes_part "$apiserver_dir" 740
  kubernetes_part "$controllers_dir" 130
  kubernetes_part "$kubectl_dir" 80
  export CHARTSEAL_ETCD=$etcd_dir/etcd CHARTSEAL_APISERVER=$apiserver_dir/kube-apiserver
  export CHARTSEAL_CONTROLLERS=$controllers_dir/kube-controller-manager CHARTSEAL_KUBECTL=$kubectl_dir/kubectl
}
