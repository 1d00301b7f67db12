import type { Bucket } from './bucket.ts'
import { BucketStore } from './bucket-store.ts'
import { safePath } from './path.ts'
import type { StorageSettings } from './settings.ts'

/** Where a bucket is: its kind, what stands between `//` and the next `/`, and what keys begin with. */
export interface BucketLocation {
  readonly scheme: string
  readonly authority: string
  /** Without slashes at its ends; "" for the whole bucket. */
  readonly prefix: string
}

/** Schemes of object storage that a store can be opened at. */
export const bucketSchemes: readonly string[] = ['s3', 'gs', 'wasbs', 'abfss']

const azureAuthority = /^[^@]+@[^.@]+\.(?:blob|dfs)\.core\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)$/

/** The parts of `s3://bucket/prefix`; undefined where it is none that a store can be opened at. */
export function bucketLocation(uri: string): BucketLocation | undefined {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\\s]+)(?:\/([^?#\\]*))?$/i.exec(uri)
  const scheme = match?.[1]!.toLowerCase()
  if (match === null || scheme === undefined || !bucketSchemes.includes(scheme)) return undefined
  if (azureAuthority.test(match[2]!) !== (scheme === 'wasbs' || scheme === 'abfss')) return undefined
  try {
    return { scheme, authority: match[2]!, prefix: safePath((match[3] ?? '').replace(/^\/+/, '')) }
  } catch {
    return undefined
  }
}

/** A store in a bucket. The client of its kind of storage is loaded here, so a server without it pays nothing for it. */
export async function openBucketStore(location: BucketLocation, settings: StorageSettings): Promise<BucketStore> {
  const { prefix } = location
  return new BucketStore(await openBucket(location, settings), { prefix: prefix === '' ? '' : `${prefix}/`, sign: settings.sign, timeoutMs: settings.timeoutMs })
}

async function openBucket({ scheme, authority, prefix }: BucketLocation, { timeoutMs, s3, gcs, azure }: StorageSettings): Promise<Bucket> {
  switch (scheme) {
    case 's3': {
      const { openS3 } = await import('./s3.ts')
      return openS3(authority, { ...s3, timeoutMs })
    }
    case 'gs': {
      const { openGcs } = await import('./gcs.ts')
      return openGcs(authority, prefix === '' ? '' : `${prefix}/`, { ...gcs, timeoutMs })
    }
    default: {
      const { openAzure } = await import('./azure.ts')
      return openAzure(authority, { ...azure, timeoutMs })
    }
  }
}
