# shellcheck shell=bash
# Sourced: the real tools that recording needs.

parts=$here/../parts
for part in parts private_network helm sigstore registries; do
  # shellcheck source=/dev/null
  source "$parts/$part.sh"
done
helm_dir=$helm_317_dir

# What asking cosign about recorded data needs.
check_parts() {
  need go "install Go 1.26 or later"
  need curl "install curl"
  kit_part
  ggcr_registry_part
  cosign3_part
}

# What recording needs.
record_parts() {
  check_parts
  helm_part "$helm_dir"
  sigstore_parts
}
