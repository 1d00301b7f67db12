import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, readConfig, type ConfigInput } from './config.ts'
import { settings } from './settings.ts'

const config = (flags: ConfigInput['flags'] = {}, env: ConfigInput['env'] = {}) => readConfig({ flags, env, cwd: '/srv/here' })
const problems = (flags: ConfigInput['flags'], env: ConfigInput['env'] = {}) => {
  try {
    config(flags, env)
  } catch (error) {
    assert(error instanceof ConfigError)
    return error.problems.map(({ source, what, fix }) => `${source}: ${what} ${fix}`)
  }
  return []
}

test('without flags the server listens on 127.0.0.1:5000 and keeps everything in one folder', () => {
  const { host, port, dataDir, database, artifacts, staticPrefix, notices } = config()
  const { storage, ...places } = artifacts
  assert.equal(storage.sign, true)
  assert.deepEqual({ host, port, dataDir, database, artifacts: places, staticPrefix, notices }, {
    host: '127.0.0.1', port: 5000, dataDir: '/srv/here/cairn-data',
    database: { kind: 'sqlite', path: '/srv/here/cairn-data/cairn.db' },
    artifacts: { serve: true, only: false, destination: '/srv/here/cairn-data/artifacts', defaultRoot: 'mlflow-artifacts:/', more: [], downloadUrlSeconds: 300 },
    staticPrefix: '', notices: [],
  })
})

test('a flag wins over its variable and an empty variable counts as unset', () => {
  assert.equal(config({ port: '0' }, { MLFLOW_PORT: '7000' }).port, 0)
  assert.equal(config({}, { MLFLOW_PORT: '7000' }).port, 7000)
  assert.equal(config({}, { MLFLOW_PORT: '' }).port, 5000)
})

test('relative locations are resolved against the working directory and absolute ones kept', () => {
  assert.deepEqual(config({ 'backend-store-uri': 'sqlite:///my.db' }).database, { kind: 'sqlite', path: '/srv/here/my.db' })
  assert.deepEqual(config({ 'backend-store-uri': 'postgresql+psycopg2://me:pw@db:5432/cairn?sslmode=require' }).database, { kind: 'postgres', uri: 'postgresql://me:pw@db:5432/cairn?sslmode=require' })
  assert.deepEqual(config({ 'backend-store-uri': 'sqlite:////var/my.db' }).database, { kind: 'sqlite', path: '/var/my.db' })
  assert.equal(config({ 'artifacts-destination': './files' }).artifacts.destination, '/srv/here/files')
  assert.equal(config({ 'artifacts-destination': 'file:///var/a%20b' }).artifacts.destination, '/var/a b')
  assert.equal(config({ 'default-artifact-root': 'runs' }).artifacts.defaultRoot, '/srv/here/runs')
  assert.deepEqual(config({ 'data-dir': '../other' }).database, { kind: 'sqlite', path: '/srv/other/cairn.db' })
})

test('storage that clients reach by themselves is passed on as it is', () => {
  for (const root of ['s3://bucket/x', 'gs://bucket', 'mlflow-artifacts:/team']) {
    assert.equal(config({ 'default-artifact-root': root }).artifacts.defaultRoot, root)
  }
})

test('without the proxy new experiments keep artifacts in a folder that clients share', () => {
  assert.equal(config({ 'serve-artifacts': false }).artifacts.defaultRoot, '/srv/here/cairn-data/artifacts')
  assert.equal(config({}, { MLFLOW_SERVE_ARTIFACTS: 'False' }).artifacts.serve, false)
})

test('a database that Cairn cannot keep promises with is refused with the reason', () => {
  for (const [uri, reason] of [
    ['postgresql://db', /names no database/], ['mysql://db/x', /mysql/], ['./mlruns', /folder/], ['file:///x', /folder/],
    ['sqlite://', /memory/], ['sqlite:///:memory:', /memory/], ['sqlite://my.db', /three/], ['sqlite:///a.db?x=1', /parameters/],
  ] as const) assert.match(problems({ 'backend-store-uri': uri }).join(), reason, uri)
})

test('every problem is reported at once, naming the flag or variable and what to do', () => {
  const found = problems(
    { port: '99999', 'static-prefix': 'x/', 'x-frame-options': 'MAYBE', 'artifacts-destination': 'ftp://b' },
    { MLFLOW_WEBHOOK_REQUEST_TIMEOUT: 'soon', MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX: '(', CAIRN_MAX_BODY_BYTES: 'lots', MLFLOW_SERVE_ARTIFACTS: 'maybe' },
  )
  for (const source of [
    '--port', '--static-prefix', '--x-frame-options', '--artifacts-destination', 'MLFLOW_WEBHOOK_REQUEST_TIMEOUT',
    'MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX', 'CAIRN_MAX_BODY_BYTES', 'MLFLOW_SERVE_ARTIFACTS',
  ]) assert.equal(found.filter((line) => line.startsWith(`${source}: `)).length, 1, source)
})

test('accounts that were asked for are never silently left out', () => {
  assert.match(problems({ 'app-name': 'my-auth' }).join(), /no app "my-auth"/)
  assert.equal(config({}).accounts, undefined)
  const env = { MLFLOW_AUTH_CONFIG_PATH: '/etc/auth.ini', MLFLOW_AUTH_ADMIN_USERNAME: 'root', MLFLOW_AUTH_ADMIN_PASSWORD: 'correct horse battery' }
  assert.deepEqual(config({ 'app-name': 'basic-auth' }, env).accounts, { file: '/etc/auth.ini', adminUsername: 'root', adminPassword: 'correct horse battery', oidc: undefined })
})

test('flags of MLflow without meaning here are accepted with a notice, those that would mislead are refused', () => {
  assert.match(config({ workers: '4', 'uvicorn-opts': '--x' }).notices.join(), /uvicorn.*--workers has no effect/s)
  assert.equal(config({ 'enable-workspaces': true }).workspaces, true)
  assert.equal(config({}, { MLFLOW_ENABLE_WORKSPACES: 'true' }).workspaces, true)
  assert.equal(config({ 'disable-workspaces': true }, { MLFLOW_ENABLE_WORKSPACES: 'true' }).workspaces, false)
  assert.match(problems({ 'disable-workspaces': true, 'enable-workspaces': true }).join(), /contradicts/)
  assert.match(config({}, { MLFLOW_READ_REPLICA_BACKEND_STORE_URI: 'postgresql://replica/db' }).notices.join(), /MLFLOW_READ_REPLICA_BACKEND_STORE_URI has no effect/)
  assert.match(problems({ 'workspace-store-uri': 'sqlite:///other.db' }).join(), /same database/)
  assert.match(problems({ 'registry-store-uri': 'sqlite:///other.db' }).join(), /same database/)
})

test('lists, sizes and levels are read whatever their case and spacing', () => {
  const made = config({ 'allowed-hosts': 'a.example, *.b.example:5000', 'x-frame-options': 'deny' }, {
    CAIRN_MAX_BODY_BYTES: '64m', CAIRN_MAX_UPLOAD_BYTES: '2GiB', MLFLOW_LOGGING_LEVEL: 'warning', MLFLOW_WEBHOOK_ALLOWED_SCHEMES: 'HTTPS,http',
  })
  assert.deepEqual(made.security.allowedHosts, ['a.example', '*.b.example:5000'])
  assert.equal(made.security.xFrameOptions, 'DENY')
  assert.equal(made.limits.bodyBytes, 64 * 2 ** 20)
  assert.equal(made.limits.uploadBytes, 2 * 2 ** 30)
  assert.equal(made.logLevel, 'warn')
  assert.deepEqual(made.webhooks.allowedSchemes, ['https', 'http'])
})

test('every setting has a name, a variable or flag, and a summary that fits a help text', () => {
  assert.equal(new Set(settings.map(({ name }) => name)).size, settings.length)
  for (const { name, flag, env, summary } of settings) {
    assert(flag || env, name)
    assert(summary.length <= 100 && summary.endsWith('.'), name)
  }
})

test('buckets are reached as MLflow\'s variables and AWS\'s say', () => {
  const { storage, destination } = config({ 'artifacts-destination': 's3://bucket/team a' }, {
    MLFLOW_S3_ENDPOINT_URL: 'http://minio:9000', AWS_DEFAULT_REGION: 'eu-west-1', MLFLOW_S3_IGNORE_TLS: 'true', CAIRN_STORAGE_TIMEOUT: '5',
    MLFLOW_S3_UPLOAD_EXTRA_ARGS: '{"ServerSideEncryption":"aws:kms","SSEKMSKeyId":"k"}', MLFLOW_S3_EXPECTED_BUCKET_OWNER: '123', CAIRN_PRESIGNED_URLS: 'false',
  }).artifacts
  assert.equal(destination, 's3://bucket/team a')
  assert.deepEqual([storage.sign, storage.timeoutMs], [false, 5000])
  assert.equal(config({}, { MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS: '60' }).artifacts.downloadUrlSeconds, 60)
  assert.match(problems({}, { MLFLOW_PRESIGNED_DOWNLOAD_URL_TTL_SECONDS: '604801' }).join(), /from 1 to 604800/)
  assert.deepEqual(storage.s3, {
    region: 'eu-west-1', endpoint: 'http://minio:9000', pathStyle: true, ignoreTls: true, extra: { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k' }, bucketOwner: '123',
  })
  assert.equal(config({}, { AWS_ENDPOINT_URL: 'https://s3.example.com', MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: 'virtual' }).artifacts.storage.s3.pathStyle, false)
  assert.equal(config({}, { AWS_ENDPOINT_URL_S3: 'https://a', AWS_ENDPOINT_URL: 'https://b' }).artifacts.storage.s3.endpoint, 'https://a')
})

test('a mistake about a bucket is told before anything starts', () => {
  const env = { MLFLOW_S3_UPLOAD_EXTRA_ARGS: '{"ServerSideEncrypton":"AES256"}', MLFLOW_S3_ENDPOINT_URL: 'minio:9000', CAIRN_ARTIFACT_STORES: 's3://' }
  assert.throws(() => config({ 'artifacts-destination': 's3://b/../c' }, env), (error: ConfigError) => {
    assert.deepEqual(error.problems.map(({ source }) => source).sort(), ['--artifacts-destination', 'CAIRN_ARTIFACT_STORES', 'MLFLOW_S3_ENDPOINT_URL', 'MLFLOW_S3_UPLOAD_EXTRA_ARGS'])
    return true
  })
})
