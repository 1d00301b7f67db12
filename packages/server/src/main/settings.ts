/**
 * What somebody who starts the server can set, as data: the command's options, the environment
 * variables and `docs/configuration.md` are all made from this table. Flags and variables have
 * MLflow's names where MLflow has them; what only Cairn has begins with `CAIRN_`.
 */
export interface Setting {
  readonly name: string
  /** Whether there is a flag `--name`; without one, only the variable sets it. */
  readonly flag: boolean
  readonly short?: string
  readonly env?: string
  readonly kind: 'text' | 'integer' | 'bytes' | 'boolean' | 'list'
  /** Stands for the value in help texts: `--port N`. */
  readonly value?: string
  /** As shown to people; the value itself is made in `config.ts`. */
  readonly default?: string
  readonly topic: 'Storage' | 'Network' | 'Security' | 'Registry' | 'Webhooks' | 'Limits' | 'Running'
  readonly summary: string
}

const flag = (name: string, setting: Omit<Setting, 'name' | 'flag'>): Setting => ({ name, flag: true, ...setting })
const variable = (name: string, setting: Omit<Setting, 'name' | 'flag'>): Setting => ({ name, flag: false, ...setting })

export const settings: readonly Setting[] = [
  flag('host', { short: 'h', env: 'MLFLOW_HOST', kind: 'text', value: 'ADDRESS', default: '127.0.0.1', topic: 'Network',
    summary: 'Address to listen on; 0.0.0.0 for every network (then set --allowed-hosts).' }),
  flag('port', { short: 'p', env: 'MLFLOW_PORT', kind: 'integer', value: 'N', default: '5000', topic: 'Network',
    summary: 'Port to listen on; 0 takes a free one and prints it.' }),
  flag('static-prefix', { env: 'MLFLOW_STATIC_PREFIX', kind: 'text', value: '/PATH', topic: 'Network',
    summary: 'Serve everything under this path, for a proxy that passes it on.' }),
  flag('workers', { short: 'w', env: 'MLFLOW_WORKERS', kind: 'integer', value: 'N', topic: 'Network',
    summary: 'Accepted for MLflow’s sake: one Cairn process uses threads where they help.' }),

  flag('data-dir', { env: 'CAIRN_DATA_DIR', kind: 'text', value: 'FOLDER', default: './cairn-data', topic: 'Storage',
    summary: 'Folder that holds the database and the artifacts unless told otherwise.' }),
  flag('backend-store-uri', { env: 'MLFLOW_BACKEND_STORE_URI', kind: 'text', value: 'URI', default: 'sqlite:///DATA-DIR/cairn.db', topic: 'Storage',
    summary: 'Database: sqlite:///relative.db, sqlite:////absolute.db or postgresql://user@host/database.' }),
  flag('registry-store-uri', { env: 'MLFLOW_REGISTRY_STORE_URI', kind: 'text', value: 'URI', topic: 'Storage',
    summary: 'Accepted where it equals --backend-store-uri: the registry lives in the same database.' }),
  flag('artifacts-destination', { env: 'MLFLOW_ARTIFACTS_DESTINATION', kind: 'text', value: 'PLACE', default: 'DATA-DIR/artifacts', topic: 'Storage',
    summary: 'Where the artifacts are kept that the server serves: a folder, or a bucket (s3://bucket/prefix).' }),
  flag('default-artifact-root', { env: 'MLFLOW_DEFAULT_ARTIFACT_ROOT', kind: 'text', value: 'URI', default: 'mlflow-artifacts:/', topic: 'Storage',
    summary: 'Where new experiments keep artifacts; by default clients send them through the server.' }),
  flag('serve-artifacts', { env: 'MLFLOW_SERVE_ARTIFACTS', kind: 'boolean', default: 'true', topic: 'Storage',
    summary: 'Serve artifacts over HTTP (--no-serve-artifacts: clients reach the storage themselves).' }),
  flag('artifacts-only', { env: 'MLFLOW_ARTIFACTS_ONLY', kind: 'boolean', default: 'false', topic: 'Storage',
    summary: 'Serve artifacts and nothing else.' }),
  variable('artifact-stores', { env: 'CAIRN_ARTIFACT_STORES', kind: 'list', value: 'A,B', topic: 'Storage',
    summary: 'More folders and buckets whose artifacts the server shows where runs and models lie in them.' }),
  variable('presigned-urls', { env: 'CAIRN_PRESIGNED_URLS', kind: 'boolean', default: 'true', topic: 'Storage',
    summary: 'Send clients to a bucket by signed URLs for large files; false where they cannot reach it.' }),
  variable('storage-timeout', { env: 'CAIRN_STORAGE_TIMEOUT', kind: 'integer', default: '30', topic: 'Storage',
    summary: 'Seconds that object storage may say nothing before it counts as absent.' }),
  variable('s3-endpoint', { env: 'MLFLOW_S3_ENDPOINT_URL', kind: 'text', topic: 'Storage',
    summary: 'Address of an S3 other than Amazon’s: http://storage.example.com:9000.' }),
  variable('aws-endpoint-s3', { env: 'AWS_ENDPOINT_URL_S3', kind: 'text', topic: 'Storage', summary: 'The same, by the name that AWS’s tools use.' }),
  variable('aws-endpoint', { env: 'AWS_ENDPOINT_URL', kind: 'text', topic: 'Storage', summary: 'The same, for all services of AWS.' }),
  variable('aws-region', { env: 'AWS_REGION', kind: 'text', topic: 'Storage', summary: 'Region of the S3 buckets; default what the AWS profile says.' }),
  variable('aws-default-region', { env: 'AWS_DEFAULT_REGION', kind: 'text', topic: 'Storage', summary: 'The same, where AWS_REGION is not set.' }),
  variable('s3-addressing-style', { env: 'MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE', kind: 'text', default: 'auto', topic: 'Storage',
    summary: 'path (endpoint/bucket), virtual (bucket.endpoint), or auto: path where an endpoint is set.' }),
  variable('s3-ignore-tls', { env: 'MLFLOW_S3_IGNORE_TLS', kind: 'boolean', default: 'false', topic: 'Storage',
    summary: 'Dangerous: take any certificate of the S3 endpoint.' }),
  variable('s3-upload-extra-args', { env: 'MLFLOW_S3_UPLOAD_EXTRA_ARGS', kind: 'text', topic: 'Storage',
    summary: 'Parameters of each S3 upload as JSON: {"ServerSideEncryption": "AES256"}.' }),
  variable('s3-bucket-owner', { env: 'MLFLOW_S3_EXPECTED_BUCKET_OWNER', kind: 'text', topic: 'Storage',
    summary: 'Account that must own the S3 buckets.' }),
  variable('gcs-emulator', { env: 'STORAGE_EMULATOR_HOST', kind: 'text', topic: 'Storage',
    summary: 'Address of an emulator of Google Cloud Storage.' }),
  variable('azure-connection-string', { env: 'AZURE_STORAGE_CONNECTION_STRING', kind: 'text', topic: 'Storage',
    summary: 'How Azure Blob Storage is reached, with its key.' }),
  variable('azure-access-key', { env: 'AZURE_STORAGE_ACCESS_KEY', kind: 'text', topic: 'Storage',
    summary: 'Key of the Azure storage account, where there is no connection string.' }),

  flag('allowed-hosts', { env: 'MLFLOW_SERVER_ALLOWED_HOSTS', kind: 'list', value: 'A,B', default: 'localhost and private addresses', topic: 'Security',
    summary: 'Names by which browsers may reach the server (Host header); wildcards allowed, * for any.' }),
  flag('cors-allowed-origins', { env: 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS', kind: 'list', value: 'A,B', default: 'localhost', topic: 'Security',
    summary: 'Origins of web pages that may call the server; * for any.' }),
  flag('x-frame-options', { env: 'MLFLOW_SERVER_X_FRAME_OPTIONS', kind: 'text', value: 'WORD', default: 'SAMEORIGIN', topic: 'Security',
    summary: 'Who may show the pages in a frame: SAMEORIGIN, DENY or NONE (no header).' }),
  flag('disable-security-middleware', { env: 'MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE', kind: 'boolean', default: 'false', topic: 'Security',
    summary: 'Dangerous: answer whatever the Host and Origin.' }),

  flag('app-name', { kind: 'text', value: 'NAME', topic: 'Security',
    summary: 'basic-auth: everybody signs in, and sees and changes what they may (docs/users.md).' }),
  variable('auth-config-path', { env: 'MLFLOW_AUTH_CONFIG_PATH', kind: 'text', value: 'FILE', topic: 'Security',
    summary: 'MLflow’s file for accounts: default_permission, admin_username, admin_password.' }),
  variable('auth-admin-username', { env: 'MLFLOW_AUTH_ADMIN_USERNAME', kind: 'text', default: 'admin', topic: 'Security',
    summary: 'Name of the first admin.' }),
  variable('auth-admin-password', { env: 'MLFLOW_AUTH_ADMIN_PASSWORD', kind: 'text', topic: 'Security',
    summary: 'Password of the first admin; without it, a new server prints a link that makes one.' }),
  variable('trusted-proxies', { env: 'CAIRN_TRUSTED_PROXIES', kind: 'list', value: 'A,B', topic: 'Security',
    summary: 'Addresses of proxies whose X-Forwarded-For tells where a log-in comes from.' }),
  variable('oidc-issuer', { env: 'CAIRN_OIDC_ISSUER', kind: 'text', value: 'URL', topic: 'Security',
    summary: 'Provider of OpenID Connect by which people sign in (docs/users.md).' }),
  variable('oidc-client-id', { env: 'CAIRN_OIDC_CLIENT_ID', kind: 'text', topic: 'Security',
    summary: 'What this server is called there.' }),
  variable('oidc-client-secret', { env: 'CAIRN_OIDC_CLIENT_SECRET', kind: 'text', topic: 'Security',
    summary: 'Its secret there; none for a public client.' }),
  variable('oidc-scopes', { env: 'CAIRN_OIDC_SCOPES', kind: 'text', default: 'openid profile email', topic: 'Security',
    summary: 'What the provider is asked for.' }),
  variable('oidc-username-claim', { env: 'CAIRN_OIDC_USERNAME_CLAIM', kind: 'text', default: 'preferred_username, else email', topic: 'Security',
    summary: 'Claim that holds a new user’s name.' }),
  variable('oidc-groups-claim', { env: 'CAIRN_OIDC_GROUPS_CLAIM', kind: 'text', default: 'groups', topic: 'Security',
    summary: 'Claim that holds the groups: who is in one is in the team of its name.' }),
  variable('oidc-admin-group', { env: 'CAIRN_OIDC_ADMIN_GROUP', kind: 'text', topic: 'Security',
    summary: 'Group whose members are admins, as long as they are in it.' }),
  variable('oidc-allowed-groups', { env: 'CAIRN_OIDC_ALLOWED_GROUPS', kind: 'list', value: 'A,B', topic: 'Security',
    summary: 'Only members of one of these may sign in.' }),
  variable('oidc-label', { env: 'CAIRN_OIDC_LABEL', kind: 'text', default: 'Sign in with single sign-on', topic: 'Security',
    summary: 'What the button says.' }),
  variable('oidc-link-users', { env: 'CAIRN_OIDC_LINK_USERS', kind: 'boolean', default: 'false', topic: 'Security',
    summary: 'Let the provider sign in as users of the same name who are there already.' }),
  variable('oidc-allow-private-ips', { env: 'CAIRN_OIDC_ALLOW_PRIVATE_IPS', kind: 'boolean', default: 'false', topic: 'Security',
    summary: 'Let the provider lie at a private address.' }),
  variable('public-url', { env: 'CAIRN_PUBLIC_URL', kind: 'text', value: 'URL', topic: 'Network',
    summary: 'Where browsers reach this server, where that is not what their Host header says.' }),
  flag('dev', { kind: 'boolean', default: 'false', topic: 'Running',
    summary: 'For work on Cairn itself: debug log, restart when the source changes.' }),
  variable('logging-level', { env: 'MLFLOW_LOGGING_LEVEL', kind: 'text', default: 'INFO', topic: 'Running',
    summary: 'DEBUG, INFO, WARNING or ERROR.' }),

  variable('source-validation-regex', { env: 'MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX', kind: 'text', topic: 'Registry',
    summary: 'Regular expression that the source of a new model version must match.' }),

  variable('allowed-artifact-schemes', { env: 'MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES', kind: 'list', topic: 'Registry',
    summary: 'Schemes with a host of their own (hdfs, ftp) that artifacts may have.' }),

  variable('webhook-secret-key', { env: 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY', kind: 'text', topic: 'Webhooks',
    summary: 'Key under which webhook secrets are kept encrypted (32 bytes, base64).' }),
  variable('webhook-allowed-schemes', { env: 'MLFLOW_WEBHOOK_ALLOWED_SCHEMES', kind: 'list', default: 'https', topic: 'Webhooks',
    summary: 'Schemes that webhook addresses may have.' }),
  variable('webhook-allow-private', { env: 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS', kind: 'boolean', default: 'false', topic: 'Webhooks',
    summary: 'Let webhooks call private and local addresses.' }),
  variable('webhook-timeout', { env: 'MLFLOW_WEBHOOK_REQUEST_TIMEOUT', kind: 'integer', default: '30', topic: 'Webhooks',
    summary: 'Seconds until a call counts as failed.' }),
  variable('webhook-max-retries', { env: 'MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES', kind: 'integer', default: '3', topic: 'Webhooks',
    summary: 'How often a failed call is tried again.' }),
  variable('webhook-max-workers', { env: 'MLFLOW_WEBHOOK_DELIVERY_MAX_WORKERS', kind: 'integer', default: '10', topic: 'Webhooks',
    summary: 'Calls under way at one time.' }),

  flag('retention', { env: 'CAIRN_RETENTION', kind: 'text', value: 'RULE', topic: 'Storage',
    summary: 'Remove for good what was deleted longer ago: deleted=30d; tag cairn.retention for one experiment.' }),
  variable('retention-interval', { env: 'CAIRN_RETENTION_INTERVAL', kind: 'integer', default: '3600', topic: 'Storage',
    summary: 'Seconds between two looks at what is due.' }),

  variable('max-body-bytes', { env: 'CAIRN_MAX_BODY_BYTES', kind: 'bytes', default: '32M', topic: 'Limits',
    summary: 'Longest JSON body, after decompression.' }),
  variable('max-upload-bytes', { env: 'CAIRN_MAX_UPLOAD_BYTES', kind: 'bytes', default: 'none', topic: 'Limits',
    summary: 'Largest artifact that one request may upload.' }),
  variable('max-results', { env: 'CAIRN_MAX_RESULTS', kind: 'integer', default: '50000', topic: 'Limits',
    summary: 'Largest page that a search for runs or experiments may ask for.' }),
  variable('artifact-location-max-length', { env: 'MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH', kind: 'integer', default: '2048', topic: 'Limits',
    summary: 'Longest artifact location of an experiment.' }),
  variable('truncate-long-values', { env: 'MLFLOW_TRUNCATE_LONG_VALUES', kind: 'boolean', default: 'true', topic: 'Limits',
    summary: 'Cut params and tags of runs that are too long, rather than refuse them.' }),
  variable('graphql-max-root-fields', { env: 'MLFLOW_SERVER_GRAPHQL_MAX_ROOT_FIELDS', kind: 'integer', default: '10', topic: 'Limits',
    summary: 'Most root fields in a GraphQL request.' }),
  variable('graphql-max-aliases', { env: 'MLFLOW_SERVER_GRAPHQL_MAX_ALIASES', kind: 'integer', default: '10', topic: 'Limits',
    summary: 'Most aliases in a GraphQL request.' }),
]

/** Flags of MLflow's server that Cairn knows and cannot honour, with the reason. */
export const foreignFlags: Readonly<Record<string, { readonly kind: 'text' | 'boolean'; readonly refuse: boolean; readonly reason: string }>> = {
  'gunicorn-opts': { kind: 'text', refuse: false, reason: 'Cairn has no gunicorn.' },
  'uvicorn-opts': { kind: 'text', refuse: false, reason: 'Cairn has no uvicorn.' },
  'waitress-opts': { kind: 'text', refuse: false, reason: 'Cairn has no waitress.' },
  'secrets-cache-ttl': { kind: 'text', refuse: false, reason: 'Cairn has no gateway whose secrets it would cache.' },
  'secrets-cache-max-size': { kind: 'text', refuse: false, reason: 'Cairn has no gateway whose secrets it would cache.' },
  'read-replica-backend-store-uri': { kind: 'text', refuse: true, reason: 'Cairn reads from the database that it writes.' },
  'expose-prometheus': { kind: 'text', refuse: false, reason: 'Cairn exports Prometheus metrics by itself, at /metrics.' },
  'trace-archival-config': { kind: 'text', refuse: true, reason: 'Cairn does not keep traces yet.' },
  'workspace-store-uri': { kind: 'text', refuse: true, reason: 'Cairn has no workspaces yet.' },
  'enable-workspaces': { kind: 'boolean', refuse: true, reason: 'Cairn has no workspaces yet.' },
}
