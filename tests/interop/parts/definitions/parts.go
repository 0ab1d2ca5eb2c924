//go:build parts

// Package parts names what is built from this module, and the types that definitions are generated from.
package parts

import (
	_ "github.com/fluxcd/helm-controller/api/v2"
	_ "github.com/fluxcd/source-controller/api/v1"
	_ "github.com/k3s-io/helm-controller/pkg/apis/helm.cattle.io/v1"
	_ "github.com/rancher/fleet/pkg/apis/fleet.cattle.io/v1alpha1"
	_ "sigs.k8s.io/cluster-api-addon-provider-helm/api/v1alpha1"
	_ "sigs.k8s.io/controller-tools/cmd/controller-gen"
)
