{{- define "cairn.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "cairn.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "cairn.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "cairn.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "cairn.selector" -}}
app.kubernetes.io/name: {{ include "cairn.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cairn.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "cairn.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "cairn.serviceAccount" -}}
{{- default (ternary (include "cairn.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "cairn.image" -}}
{{- if .Values.image.digest }}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else }}{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Where browsers reach the server; empty where nothing says so. */}}
{{- define "cairn.publicUrl" -}}
{{- if .Values.publicUrl }}{{ .Values.publicUrl | trimSuffix "/" }}
{{- else if and .Values.ingress.enabled .Values.ingress.hosts }}
{{- printf "%s://%s%s" (ternary "https" "http" (not (empty .Values.ingress.tls))) (first .Values.ingress.hosts) .Values.staticPrefix }}
{{- end }}
{{- end }}

{{/* Names by which it is called: those given, those of the Ingress, those of the Service, and the pod's address, by which Prometheus asks. */}}
{{- define "cairn.allowedHosts" -}}
{{- $service := include "cairn.fullname" . }}
{{- $hosts := concat .Values.allowedHosts (ternary .Values.ingress.hosts list .Values.ingress.enabled) }}
{{- if .Values.publicUrl }}{{- $hosts = append $hosts (urlParse .Values.publicUrl).host }}{{- end }}
{{- $hosts = concat $hosts (list "localhost" "127.0.0.1" "$(POD_IP)" $service (printf "%s.%s" $service .Release.Namespace) (printf "%s.%s.svc" $service .Release.Namespace) (printf "%s.%s.svc.*" $service .Release.Namespace)) }}
{{- join "," (uniq $hosts) }}
{{- end }}

{{- define "cairn.corsAllowedOrigins" -}}
{{- $origins := .Values.corsAllowedOrigins }}
{{- with include "cairn.publicUrl" . }}{{- $origins = append $origins (printf "%s://%s" (urlParse .).scheme (urlParse .).host) }}{{- end }}
{{- join "," (uniq $origins) }}
{{- end }}

{{- define "cairn.webhookSecret" -}}
{{- default (printf "%s-webhooks" (include "cairn.fullname" .)) .Values.webhooks.existingSecret }}
{{- end }}

{{/* Where the pods keep what is neither in the database nor in a bucket. */}}
{{- define "cairn.claim" -}}
{{- default (include "cairn.fullname" .) .Values.persistence.existingClaim }}
{{- end }}

{{/* What would lose data or never start is refused before anything is installed. */}}
{{- define "cairn.check" -}}
{{- if not .Values.database.existingSecret }}
  {{- if gt (int .Values.replicas) 1 }}{{ fail "replicas: more than one server needs PostgreSQL. Put its address (postgresql://user:password@host/database) into a secret and name that in database.existingSecret." }}{{- end }}
  {{- if not .Values.persistence.enabled }}{{ fail "persistence.enabled: without it a restart would lose the SQLite database. Leave it on, or name a PostgreSQL in database.existingSecret." }}{{- end }}
{{- end }}
{{- if not .Values.artifacts.destination }}
  {{- if not .Values.persistence.enabled }}{{ fail "artifacts.destination: without a volume the artifacts need a bucket, for instance s3://my-bucket/mlflow." }}{{- end }}
  {{- if and (gt (int .Values.replicas) 1) (not (has "ReadWriteMany" .Values.persistence.accessModes)) }}{{ fail "artifacts.destination: several servers need a bucket for the artifacts (s3://my-bucket/mlflow), or a volume of accessModes: [ReadWriteMany]." }}{{- end }}
{{- end }}
{{- if and .Values.auth.oidc.issuer (not .Values.auth.enabled) }}{{ fail "auth.oidc.issuer: signing in needs auth.enabled: true." }}{{- end }}
{{- if and .Values.auth.oidc.issuer (not .Values.auth.oidc.clientId) }}{{ fail "auth.oidc.clientId: it is missing. Register the server with the provider and give the client id that it answers." }}{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}{{ fail "ingress.hosts: name at least one host." }}{{- end }}
{{- if le (int .Values.terminationGracePeriodSeconds) (add (int .Values.drainSeconds) 10) }}{{ fail "terminationGracePeriodSeconds: a server that stops drains for drainSeconds and then answers what is under way for up to ten seconds; give it longer than both." }}{{- end }}
{{- end }}
