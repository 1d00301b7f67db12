import { bucketLocation, type StorageSettings } from '../platform/files/index.ts'
import type { reader } from './settings-reader.ts'

type Read = ReturnType<typeof reader>

/** How buckets are reached; which there are, `--artifacts-destination` and `--default-artifact-root` say. */
export function storageSettings(read: Read): StorageSettings {
  const endpoint = url('s3-endpoint', read) ?? url('aws-endpoint-s3', read) ?? url('aws-endpoint', read)
  const style = read.word('s3-addressing-style', { AUTO: 'auto', PATH: 'path', VIRTUAL: 'virtual' }, 'auto')
  return {
    sign: read.boolean('presigned-urls', true),
    timeoutMs: read.integer('storage-timeout', 30, 1, 3600) * 1000,
    s3: {
      region: read.text('aws-region') ?? read.text('aws-default-region'),
      endpoint,
      // As boto3: a storage of one's own seldom has a name in DNS for each bucket.
      pathStyle: style === 'path' || (style === 'auto' && endpoint !== undefined),
      ignoreTls: read.boolean('s3-ignore-tls', false),
      extra: extraArgs(read),
      bucketOwner: read.text('s3-bucket-owner'),
    },
    gcs: { endpoint: emulator(read) },
    azure: { connectionString: read.text('azure-connection-string'), accessKey: read.text('azure-access-key') },
  }
}

/** The URI as it is where it names a bucket; told to the operator where it almost does. */
export function bucketUri(name: string, value: string, read: Read): string {
  if (bucketLocation(value) !== undefined) return value
  read.problem(name, `"${value}" names no bucket that Cairn can keep artifacts in.`, 'Give a folder, s3://bucket/prefix, gs://bucket/prefix or wasbs://container@account.blob.core.windows.net/prefix.')
  return ''
}

export function artifactStores(read: Read): string[] {
  return (read.list('artifact-stores') ?? []).map((value) => (value.startsWith('/') ? value : bucketUri('artifact-stores', value, read)))
}

function url(name: string, read: Read): string | undefined {
  const value = read.text(name)
  if (value !== undefined && !/^https?:\/\/[^/]/.test(value)) read.problem(name, `"${value}" is no address.`, 'Give it with its scheme: http://storage.example.com:9000.')
  return value
}

/** Google's clients take it with and without a scheme. */
function emulator(read: Read): string | undefined {
  const value = read.text('gcs-emulator')
  return value === undefined || /^https?:\/\//.test(value) ? value : `http://${value}`
}

/** MLflow's own variable, whose names are boto3's and so the SDK's. */
function extraArgs(read: Read): Record<string, unknown> {
  const value = read.text('s3-upload-extra-args')
  if (value === undefined) return {}
  try {
    const args: unknown = JSON.parse(value)
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) {
      const unknown = Object.keys(args).filter((key) => !uploadParameters.has(key))
      if (unknown.length === 0) return args as Record<string, unknown>
      read.problem('s3-upload-extra-args', `S3 knows no parameter ${unknown.join(', ')} of an upload.`, `Use ${[...uploadParameters].join(', ')}.`)
      return {}
    }
  } catch {
    // told below
  }
  read.problem('s3-upload-extra-args', 'it is no JSON object.', 'Give for instance {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "…"}.')
  return {}
}

/** Both PutObject and CreateMultipartUpload take them. */
const uploadParameters = new Set([
  'ServerSideEncryption', 'SSEKMSKeyId', 'SSEKMSEncryptionContext', 'BucketKeyEnabled', 'SSECustomerAlgorithm', 'SSECustomerKey', 'SSECustomerKeyMD5',
  'StorageClass', 'ACL', 'Tagging', 'Metadata', 'CacheControl', 'RequestPayer', 'GrantFullControl', 'GrantRead', 'GrantReadACP', 'GrantWriteACP',
])

/** What `mlflow-artifacts://host/` names this server, where the default root does. */
export const ownName = (defaultRoot: string): string | undefined => /^mlflow-artifacts:\/\/([^/]+)/.exec(defaultRoot)?.[1]
