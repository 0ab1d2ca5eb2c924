{{/* What every object's name begins with; short enough for what is appended. */}}
{{- define "chartseal.fullname" -}}
{{- if contains "chartseal" .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-chartseal" .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "chartseal.webhook" -}}
{{- include "chartseal.fullname" . }}-webhook
{{- end -}}

{{- define "chartseal.tlsSecret" -}}
{{- .Values.tls.secretName | default (printf "%s-tls" (include "chartseal.webhook" .)) -}}
{{- end -}}

{{- define "chartseal.policySecretsNamespace" -}}
{{- get .Values.config "policy-secrets-namespace" | default .Release.Namespace -}}
{{- end -}}

{{- define "chartseal.selector" -}}
app.kubernetes.io/name: chartseal
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "chartseal.labels" -}}
{{ include "chartseal.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "chartseal.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{/* One entry of a webhook configuration without what it covers, from a dict of `root`, `name`, `path`, and `reinvoke`. */}}
{{- define "chartseal.entry" -}}
{{- $values := .root.Values -}}
- name: {{ .name }}
  admissionReviewVersions: [v1]
  clientConfig:
    {{- if $values.admission.url }}
    url: {{ $values.admission.url }}{{ .path }}
    {{- else }}
    service:
      namespace: {{ .root.Release.Namespace }}
      name: {{ include "chartseal.webhook" .root }}
      path: {{ .path }}
      port: 443
    {{- end }}
    {{- with $values.tls.caBundle }}
    caBundle: {{ . }}
    {{- end }}
  failurePolicy: {{ $values.admission.failurePolicy }}
  matchPolicy: Equivalent
  {{- if .reinvoke }}
  reinvocationPolicy: IfNeeded # another webhook may add containers after this one
  {{- end }}
  # A denial leaves an Event, except in a dry run.
  sideEffects: NoneOnDryRun
  timeoutSeconds: {{ $values.admission.timeoutSeconds }}
  namespaceSelector:
    {{- if $values.admission.optIn }}
    matchLabels:
      chartseal.dev/verify: "true"
    {{- end }}
    matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values: {{ append $values.admission.excludedNamespaces .root.Release.Namespace | uniq | toJson }}
{{- end -}}

{{/* An entry for what names images. */}}
{{- define "chartseal.admission" -}}
{{ include "chartseal.entry" . }}
  # DELETE is not registered: what is to go can always go.
  rules:
  - operations: [CREATE, UPDATE]
    apiGroups: [""]
    apiVersions: [v1]
    resources: [pods, pods/ephemeralcontainers, podtemplates, replicationcontrollers]
    scope: Namespaced
  - operations: [CREATE, UPDATE]
    apiGroups: [apps]
    apiVersions: [v1]
    resources: [deployments, replicasets, statefulsets, daemonsets]
    scope: Namespaced
  - operations: [CREATE, UPDATE]
    apiGroups: [batch]
    apiVersions: [v1]
    resources: [jobs, cronjobs]
    scope: Namespaced
  {{- with .root.Values.admission.rules }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* The entry for records of Helm releases, from a dict as above. */}}
{{- define "chartseal.releases" -}}
{{ include "chartseal.entry" . }}
  # Only records that helm keeps of releases come here, and no other Secret: by type, by name, or by the label by which
  # helm finds them; of an update also what was one.
  matchConditions:
  - name: helm-release
    expression: >-
      (request.resource.resource == 'secrets' && has(object.type) && object.type == 'helm.sh/release.v1')
      || (has(object.metadata.name) && object.metadata.name.startsWith('sh.helm.release.v1.'))
      || (has(object.metadata.labels) && 'owner' in object.metadata.labels && object.metadata.labels['owner'] == 'helm')
      || (request.operation == 'UPDATE' && has(oldObject.metadata.labels) && 'owner' in oldObject.metadata.labels
      && oldObject.metadata.labels['owner'] == 'helm')
  rules:
  - operations: [CREATE, UPDATE]
    apiGroups: [""]
    apiVersions: [v1]
    resources: [secrets, configmaps]
    scope: Namespaced
{{- end -}}

{{/* The entry for objects of GitOps tools, from a dict as above; /mutate is asked only where a digest has a field. */}}
{{- define "chartseal.gitops" -}}
{{ include "chartseal.entry" . }}
  # A rule for a kind that the cluster lacks does nothing.
  rules:
  - operations: [CREATE, UPDATE]
    apiGroups: [source.toolkit.fluxcd.io]
    apiVersions: ["*"]
    {{- if .reinvoke }}
    resources: [ocirepositories]
    {{- else }}
    resources: [ocirepositories, helmrepositories, helmcharts]
    {{- end }}
    scope: Namespaced
  {{- if not .reinvoke }}
  - operations: [CREATE, UPDATE]
    apiGroups: [helm.toolkit.fluxcd.io]
    apiVersions: ["*"]
    resources: [helmreleases]
    scope: Namespaced
  {{- end }}
  - operations: [CREATE, UPDATE]
    apiGroups: [argoproj.io]
    apiVersions: ["*"]
    resources: [applications, applicationsets]
    scope: Namespaced
  - operations: [CREATE, UPDATE]
    apiGroups: [helm.cattle.io]
    apiVersions: ["*"]
    resources: [helmcharts]
    scope: Namespaced
  {{- if not .reinvoke }}
  - operations: [CREATE, UPDATE]
    apiGroups: [addons.cluster.x-k8s.io]
    apiVersions: ["*"]
    resources: [helmchartproxies, helmreleaseproxies]
    scope: Namespaced
  {{- end }}
  - operations: [CREATE, UPDATE]
    apiGroups: [helm.m.crossplane.io]
    apiVersions: ["*"]
    resources: [releases]
    scope: Namespaced
  {{- if not .reinvoke }}
  - operations: [CREATE, UPDATE]
    apiGroups: [fleet.cattle.io]
    apiVersions: ["*"]
    resources: [helmops, bundles, bundledeployments]
    scope: Namespaced
  {{- end }}
  {{- if not .root.Values.admission.optIn }}
  # In no namespace, so that no label leaves them out.
  - operations: [CREATE, UPDATE]
    apiGroups: [helm.crossplane.io]
    apiVersions: ["*"]
    resources: [releases]
    scope: Cluster
  {{- end }}
{{- end -}}

{{/* The entry for CustomResourceDefinitions, from a dict as above. */}}
{{- define "chartseal.definitions" -}}
{{ include "chartseal.entry" . }}
  matchConditions:
  - name: not-ours
    expression: object.spec.group != 'chartseal.dev'
  rules:
  - operations: [CREATE, UPDATE]
    apiGroups: [apiextensions.k8s.io]
    apiVersions: [v1]
    resources: [customresourcedefinitions]
    scope: Cluster
{{- end -}}

{{- define "chartseal.injectCa" -}}
{{- if .Values.tls.certManager.enabled }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "chartseal.webhook" . }}
{{- end }}
{{- end -}}
