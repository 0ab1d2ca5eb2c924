# shellcheck shell=bash
# Sourced: what real cosign says about recorded cases.

# ask_cosign DIR: for each case of DIR a line NAME, yes|no, error (unit separators between them) in $work/answers. A
# layout goes back into the kind of registry that it was recorded from.
ask_cosign() {
  local dir=$1 name digest expect reason key kind said error identity issuer flags answer
  identity=$(sed -n 's/^ "identity": "\(.*\)",$/\1/p' "$dir/cases.json")
  issuer=$(sed -n 's/^ "issuer": "\(.*\)",$/\1/p' "$dir/cases.json")
  kit cases "$dir/cases.json" >"$work/asked"
  : >"$work/answers"
  while IFS=$'\x1f' read -r name digest expect reason key kind said error; do
    kit load "$dir/$name" "$(host_of "$kind")/ask/$name"
    flags=(--certificate-identity "$identity" --certificate-oidc-issuer "$issuer")
    [ -z "$key" ] || flags=(--key "$dir/$key")
    answer=yes
    "$cosign3_dir/cosign" verify --allow-http-registry --trusted-root "$dir/trusted_root.json" "${flags[@]}" \
      "$(host_of "$kind")/ask/$name@$digest" >"$work/log/ask-$name" 2>&1 </dev/null || answer=no
    printf '%s\x1f%s\x1f%s\n' "$name" "$answer" "$(sed -n 's/^Error: //p' "$work/log/ask-$name")" >>"$work/answers"
  done <"$work/asked"
}

# wording REASON: what cosign 3 says where chartseal gives that reason code.
wording() {
  case $1 in
    no-signature) echo "no signatures found" ;;
    identity-mismatch) echo "expected SAN value|none of the expected identities matched" ;;
    issuer-mismatch) echo "expected issuer value" ;;
    subject-digest-mismatch) echo "does not match any digest in statement|invalid or missing digest in claim" ;;
    *) die "no wording of cosign is known for the reason $1" ;;
  esac
}

# known_answer NAME EXPECT REASON: yes, or no and the wording. cosign and chartseal differ on two cases, see `why`.
known_answer() {
  case $1 in
    image-attested-only) echo "yes" ;;
    both-layouts) echo "no $(wording identity-mismatch)" ;;
    *) [ "$2" = yes ] && echo "yes" || echo "no $(wording "$3")" ;;
  esac
}

# check_answers DIR: whether cosign answered every case as expected and, where it refused, for the same reason.
check_answers() {
  local name digest expect reason key kind said error known bad=0
  kit cases "$1/cases.json" >"$work/asked"
  while IFS=$'\x1f' read -r name digest expect reason key kind said error; do
    known=$(known_answer "$name" "$expect" "$reason")
    if [ "$said" != "${known%% *}" ] || { [ "$said" = no ] && ! grep -Eq "${known#no }" <<<"$error"; }; then
      say "case $name: expected of cosign: $known; it says: $said $error"
      bad=1
    fi
  done <"$work/asked"
  return $bad
}
