{{/* The names are those of deploy/: the code and the documentation use them. */}}
{{- define "name" -}}
{{- get (dict "forward" "clusterset-dns" "sidecar" "clusterset-dns-sidecar" "cluster-dns" "clusterset-dns-cluster") .Values.role | default "clusterset-dns-fleet" -}}
{{- end }}

{{/* The label that selects the pods. */}}
{{- define "app" -}}
{{- if eq .Values.role "hub" }}clusterset-dns-fleet{{ else }}clusterset-dns{{ end -}}
{{- end }}

{{- define "labels" -}}
app.kubernetes.io/name: {{ include "app" . }}
{{ include "chart-labels" . }}
{{- end }}

{{- define "chart-labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "metadata" -}}
name: {{ include "name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "labels" . | nindent 2 }}
{{- end }}

{{- define "cluster-metadata" -}}
name: {{ include "name" . }}
labels:
  {{- include "labels" . | nindent 2 }}
{{- end }}

{{- define "image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "is-dns" -}}{{ if has .Values.role (list "forward" "cluster-dns") }}true{{ end }}{{- end }}
{{- define "has-pods" -}}{{ if has .Values.role (list "forward" "cluster-dns" "hub") }}true{{ end }}{{- end }}
{{- define "is-fleet" -}}{{ if has .Values.role (list "hub" "hub-account" "member") }}true{{ end }}{{- end }}
{{- define "is-hub" -}}{{ if has .Values.role (list "hub" "hub-account") }}true{{ end }}{{- end }}
{{- define "is-member" -}}{{ if or (eq .Values.role "member") (and (include "is-hub" .) .Values.fleet.hubIsMember) }}true{{ end }}{{- end }}

{{/* What all pods have. */}}
{{- define "pod" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
serviceAccountName: {{ include "name" . }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
# Lameduck, then the grace period for queries in flight.
terminationGracePeriodSeconds: 20
{{- with .Values.nodeSelector | default (ternary (dict "kubernetes.io/os" "linux") dict (eq .Values.role "cluster-dns")) }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if or .Values.tolerations (eq .Values.role "cluster-dns") }}
tolerations:
  {{- with .Values.tolerations }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  - {key: CriticalAddonsOnly, operator: Exists}
  - {key: node-role.kubernetes.io/control-plane, effect: NoSchedule}
  {{- end }}
{{- end }}
{{- if or .Values.affinity (eq .Values.role "cluster-dns") }}
affinity:
  {{- with .Values.affinity }}
  {{- toYaml . | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector: {matchLabels: {app.kubernetes.io/name: {{ include "app" . }}}}
  {{- end }}
{{- end }}
{{- with .Values.topologySpread }}
{{- if or .zones .nodes }}
topologySpreadConstraints:
  {{- range concat (ternary (list "topology.kubernetes.io/zone") list .zones) (ternary (list "kubernetes.io/hostname") list .nodes) }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
    labelSelector: {matchLabels: {app.kubernetes.io/name: {{ include "app" $ }}}}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "pod-security" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  {{- toYaml .Values.seccompProfile | nindent 2 }}
{{- end }}

{{- define "container-security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "container-image" -}}
image: {{ include "image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- end }}

{{/* The container of kube-rbac-proxy. */}}
{{- define "metrics-proxy" -}}
{{- if .Values.metricsProxy.enabled -}}
- name: metrics-proxy
  image: {{ .Values.metricsProxy.image }}
  args:
  - --secure-listen-address=:8443
  - --upstream=http://127.0.0.1:{{ ternary 8090 9153 (eq .Values.role "hub") }}/
  # On the port of the fleet there is more: only this path is handed on.
  - --allow-paths=/metrics
  {{- if .Values.metricsProxy.tlsSecret }}
  - --tls-cert-file=/etc/tls/tls.crt
  - --tls-private-key-file=/etc/tls/tls.key
  {{- end }}
  ports:
  - {name: https-metrics, containerPort: 8443, protocol: TCP}
  resources:
    {{- toYaml .Values.metricsProxy.resources | nindent 4 }}
  securityContext:
    {{- include "container-security" . | nindent 4 }}
  {{- if .Values.metricsProxy.tlsSecret }}
  volumeMounts:
  - {name: tls, mountPath: /etc/tls, readOnly: true}
  {{- end }}
{{- end }}
{{- end }}

{{- define "metrics-proxy-volume" -}}
{{- if and .Values.metricsProxy.enabled .Values.metricsProxy.tlsSecret -}}
- name: tls
  secret: {secretName: {{ .Values.metricsProxy.tlsSecret }}}
{{- end }}
{{- end }}
