# shellcheck shell=bash
# Sourced after parts.sh: processes that are ended by id, whatever happens.

pids=()

# open_session: a work directory that goes away, with everything started, when the script ends.
open_session() {
  umask 022
  work=$(mktemp -d "${TMPDIR:-/tmp}/chartseal-record.XXXXXX")
  trap close_session EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir -p "$work/log" "$work/home" "$work/tmp"
  # The tools keep settings and caches in the home directory: give them one of their own.
  export HOME=$work/home TMPDIR=$work/tmp DOCKER_CONFIG=$work/home/docker
  export HELM_CACHE_HOME=$work/home/helm HELM_CONFIG_HOME=$work/home/helm HELM_DATA_HOME=$work/home/helm
  unset XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
}

close_session() {
  local status=$? i
  trap - EXIT INT TERM
  for ((i = ${#pids[@]} - 1; i >= 0; i--)); do
    kill "${pids[i]}" 2>/dev/null || true
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      kill -0 "${pids[i]}" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "${pids[i]}" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  if [ "$status" = 1 ] && [ -n "${last_log:-}" ] && [ -s "$last_log" ]; then
    say "the last lines of ${last_log##*/}:"
    tail -n 15 "$last_log" >&2
  fi
  rm -rf "$work"
  exit "$status"
}

# start NAME COMMAND...: run in the background, output into the session's log directory.
start() {
  local name=$1
  shift
  "$@" >"$work/log/$name" 2>&1 &
  pids+=($!)
}

# wait_for NAME URL: until the service answers with anything, for at most 20 s.
wait_for() {
  local tries
  last_log=$work/log/$1
  for ((tries = 0; tries < 200; tries++)); do
    if curl --silent --output /dev/null --max-time 2 "$2"; then
      last_log=
      return
    fi
    kill -0 "${pids[-1]}" 2>/dev/null || die "$1 ended while it was starting"
    sleep 0.1
  done
  die "$1 does not answer at $2 after 20 s"
}

fallback_registry=127.0.0.1:5000  # Debian's docker-registry: no referrers API, clients keep the fallback tag
referrers_registry=127.0.0.1:5001 # go-containerregistry: referrers API

start_registries() {
  cat >"$work/registry.yaml" <<YAML
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: $work/registry } }
http: { addr: $fallback_registry }
YAML
  start docker-registry docker-registry serve "$work/registry.yaml"
  wait_for docker-registry "http://$fallback_registry/v2/"
  start ggcr-registry "$registry_dir/registry" -address "$referrers_registry"
  wait_for ggcr-registry "http://$referrers_registry/v2/"
}

# host_of KIND: the registry of that kind, as cases.json names it.
host_of() {
  case $1 in
    fallback-tag) echo "$fallback_registry" ;;
    referrers-api) echo "$referrers_registry" ;;
    *) die "unknown kind of registry: $1" ;;
  esac
}

kit() { "$kit_dir/record-kit" "$@"; }
