# shellcheck shell=bash
# Sourced after parts.sh: the CustomResourceDefinitions of GitOps tools, as Argo CD's module has them, and generated from the Go
# types that the others publish, by the generator that they use themselves. Leaves the directory with the files in the environment for run.py.

controller_gen_dir=$cache/controller-gen-v0.18.0
definitions_dir=$cache/definitions-v1

# Groups by the package that holds their types.
definition_packages=(
  github.com/fluxcd/source-controller/api/v1
  github.com/fluxcd/helm-controller/api/v2
  github.com/k3s-io/helm-controller/pkg/apis/helm.cattle.io/v1
  github.com/rancher/fleet/pkg/apis/fleet.cattle.io/v1alpha1
  sigs.k8s.io/cluster-api-addon-provider-helm/api/v1alpha1
)

# Read without what it depends on.
argo_module=github.com/argoproj/argo-cd/v3@v3.1.8

argo_definitions() {
  local module kind
  module=$(cd / && go mod download -json "$argo_module" | jq -er .Dir)
  for kind in application applicationset; do
    install -m 644 "$module/manifests/crds/$kind-crd.yaml" "$definitions_dir/argoproj.io_${kind}s.yaml"
  done
}

definition_parts() {
  go_part "$controller_gen_dir" "$parts/definitions" sigs.k8s.io/controller-tools/cmd/controller-gen 30
  export CHARTSEAL_DEFINITIONS=$definitions_dir
  local stamp start=$SECONDS
  stamp="$(cat "$controller_gen_dir/stamp") ${definition_packages[*]} $argo_module"
  if [ "$(cat "$definitions_dir/stamp" 2>/dev/null)" = "$stamp" ]; then
    say "part definitions: ready"
    return
  fi
  say "part definitions: generating, about 20 s"
  rm -rf "$definitions_dir"
  (cd "$parts/definitions" && nice -n 5 "$controller_gen_dir/controller-gen" crd:crdVersions=v1 \
    "${definition_packages[@]/#/paths=}" "output:dir=$definitions_dir")
  argo_definitions
  printf '%s\n' "$stamp" >"$definitions_dir/stamp"
  say "part definitions: generated in $((SECONDS - start)) s"
}
