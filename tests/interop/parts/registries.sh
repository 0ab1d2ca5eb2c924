# shellcheck shell=bash
# Sourced after parts.sh: registries that are not alike. Debian's docker-registry has no referrers API, the others have.
# Leaves the programs in the environment for run.py.

registry_dir=$cache/registry-v0.22.1
olareg_dir=$cache/olareg-v0.1.1
ociregistry_dir=$cache/ociregistry-v0.0.0-20251212221603

ggcr_registry_part() {
  need docker-registry "on Debian: apt-get install docker-registry"
  go_part "$registry_dir" "$parts/registry" . 10
}

registry_parts() {
  ggcr_registry_part
  go_part "$olareg_dir" "$parts/olareg" github.com/olareg/olareg/cmd/olareg 10
  go_part "$ociregistry_dir" "$parts/ociregistry" . 10
  export CHARTSEAL_GGCR_REGISTRY=$registry_dir/registry CHARTSEAL_OLAREG=$olareg_dir/olareg
  export CHARTSEAL_OCIREGISTRY=$ociregistry_dir/ociregistry
}
