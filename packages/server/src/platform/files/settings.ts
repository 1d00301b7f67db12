/** How object storage is reached. Made once from the server's settings; which storages, the URIs say. */
export interface StorageSettings {
  /** Whether clients may be sent to the storage by signed URLs. */
  readonly sign: boolean
  /** How long a storage may say nothing before it counts as absent. */
  readonly timeoutMs: number
  readonly s3: Omit<S3Settings, 'timeoutMs'>
  readonly gcs: Omit<GcsSettings, 'timeoutMs'>
  readonly azure: Omit<AzureSettings, 'timeoutMs'>
}

export interface S3Settings {
  readonly timeoutMs: number
  readonly region: string | undefined
  /** Of another S3 than Amazon's: `http://host:9000`. */
  readonly endpoint: string | undefined
  /** `endpoint/bucket/key` rather than `bucket.endpoint/key`. */
  readonly pathStyle: boolean
  /** Take any certificate. */
  readonly ignoreTls: boolean
  /** Parameters of PutObject and CreateMultipartUpload: `ServerSideEncryption`, `SSEKMSKeyId`, `StorageClass`, … */
  readonly extra: Readonly<Record<string, unknown>>
  /** The account that must own the bucket. */
  readonly bucketOwner: string | undefined
}

export interface GcsSettings {
  readonly timeoutMs: number
  /** Of an emulator; requests to it carry no credentials. */
  readonly endpoint: string | undefined
}

export interface AzureSettings {
  readonly timeoutMs: number
  readonly connectionString: string | undefined
  readonly accessKey: string | undefined
}

export const defaultStorage: StorageSettings = {
  sign: true, timeoutMs: 30_000,
  s3: { region: undefined, endpoint: undefined, pathStyle: false, ignoreTls: false, extra: {}, bucketOwner: undefined },
  gcs: { endpoint: undefined },
  azure: { connectionString: undefined, accessKey: undefined },
}
