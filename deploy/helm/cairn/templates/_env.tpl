{{- define "cairn.env" -}}
# In front of all that refer to it.
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
- {name: MLFLOW_HOST, value: "0.0.0.0"}
- {name: MLFLOW_PORT, value: "5000"}
- {name: CAIRN_DATA_DIR, value: /data}
- {name: MLFLOW_LOGGING_LEVEL, value: {{ .Values.logLevel }}}
{{- if .Values.database.existingSecret }}
- name: MLFLOW_BACKEND_STORE_URI
  valueFrom: {secretKeyRef: {name: {{ .Values.database.existingSecret | quote }}, key: {{ .Values.database.key | quote }}}}
{{- end }}
{{- with .Values.artifacts.destination }}
- {name: MLFLOW_ARTIFACTS_DESTINATION, value: {{ . | quote }}}
- {name: CAIRN_PRESIGNED_URLS, value: {{ $.Values.artifacts.presignedUrls | quote }}}
{{- end }}
- name: MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY
  valueFrom: {secretKeyRef: {name: {{ include "cairn.webhookSecret" . | quote }}, key: {{ .Values.webhooks.key | quote }}}}
- {name: MLFLOW_SERVER_ALLOWED_HOSTS, value: {{ include "cairn.allowedHosts" . | quote }}}
{{- with include "cairn.corsAllowedOrigins" . }}
- {name: MLFLOW_SERVER_CORS_ALLOWED_ORIGINS, value: {{ . | quote }}}
{{- end }}
{{- with include "cairn.publicUrl" . }}
- {name: CAIRN_PUBLIC_URL, value: {{ . | quote }}}
{{- end }}
{{- with .Values.staticPrefix }}
- {name: MLFLOW_STATIC_PREFIX, value: {{ . | quote }}}
{{- end }}
{{- with .Values.trustedProxies }}
- {name: CAIRN_TRUSTED_PROXIES, value: {{ join "," . | quote }}}
{{- end }}
{{- if .Values.auth.enabled }}
- {name: MLFLOW_AUTH_CONFIG_PATH, value: /etc/cairn/auth.ini}
{{- with .Values.auth.admin.existingSecret }}
- name: MLFLOW_AUTH_ADMIN_USERNAME
  valueFrom: {secretKeyRef: {name: {{ . | quote }}, key: {{ $.Values.auth.admin.usernameKey | quote }}, optional: true}}
- name: MLFLOW_AUTH_ADMIN_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ . | quote }}, key: {{ $.Values.auth.admin.passwordKey | quote }}}}
{{- end }}
{{- with .Values.auth.oidc }}
{{- if .issuer }}
- {name: CAIRN_OIDC_ISSUER, value: {{ .issuer | quote }}}
- {name: CAIRN_OIDC_CLIENT_ID, value: {{ .clientId | quote }}}
{{- if .existingSecret }}
- name: CAIRN_OIDC_CLIENT_SECRET
  valueFrom: {secretKeyRef: {name: {{ .existingSecret | quote }}, key: {{ .clientSecretKey | quote }}}}
{{- end }}
- {name: CAIRN_OIDC_SCOPES, value: {{ .scopes | quote }}}
{{- with .usernameClaim }}
- {name: CAIRN_OIDC_USERNAME_CLAIM, value: {{ . | quote }}}
{{- end }}
- {name: CAIRN_OIDC_GROUPS_CLAIM, value: {{ .groupsClaim | quote }}}
{{- with .adminGroup }}
- {name: CAIRN_OIDC_ADMIN_GROUP, value: {{ . | quote }}}
{{- end }}
{{- with .allowedGroups }}
- {name: CAIRN_OIDC_ALLOWED_GROUPS, value: {{ join "," . | quote }}}
{{- end }}
- {name: CAIRN_OIDC_LABEL, value: {{ .label | quote }}}
- {name: CAIRN_OIDC_ALLOW_PRIVATE_IPS, value: {{ .allowPrivateIps | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.tracing.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
- {name: OTEL_SERVICE_NAME, value: {{ include "cairn.fullname" $ | quote }}}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
