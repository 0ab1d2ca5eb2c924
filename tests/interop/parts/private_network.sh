# shellcheck shell=bash
# Sourced after parts.sh: a network namespace where only a loopback of its own exists.

# has_private_network: whether this system allows one; sets $as_root to what unshare needs for it.
has_private_network() {
  as_root=(--user --map-root-user)
  need unshare "it is part of util-linux"
  need ip "it is part of iproute2"
  [ "$(id -u)" != 0 ] || as_root=()
  unshare "${as_root[@]}" --net true 2>/dev/null
}

# enter_private_network SCRIPT ARGUMENT...: run SCRIPT there. No port can clash, nothing is reached from outside, and
# nothing inside can depend on what is outside: the metrics ports of Fulcio and the timestamp authority, for one, listen
# on every address and have no flag for it.
enter_private_network() {
  has_private_network ||
    die "this system does not allow a private network namespace (unshare --net); run as root, or allow user namespaces"
  exec unshare "${as_root[@]}" --net bash -c 'ip link set lo up && exec "$@"' bash "$@"
}
