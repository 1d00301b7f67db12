import { randomBytes } from 'node:crypto'
import { after, before } from 'node:test'
import { defaultStorage, openBucketStore, type StorageSettings } from '../../packages/server/src/platform/files/index.ts'
import { contract } from '../../packages/server/src/platform/files/testing-contract.ts'
import { s3Credentials, startS3, type ObjectServer } from '../../tools/object-stores.ts'

let s3: ObjectServer
before(async () => {
  Object.assign(process.env, s3Credentials)
  s3 = await startS3(['contract'])
})
after(() => s3[Symbol.asyncDispose]())

/** A prefix of its own for each test, beside neighbours that must not be seen. */
const place = (): string => `pre fix/${randomBytes(6).toString('hex')}`

const open = async (scheme: string, authority: string, settings: StorageSettings) => {
  const prefix = place()
  const store = await openBucketStore({ scheme, authority, prefix }, settings)
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
    },
  }
}

contract({
  name: 'S3 (versitygw)', signs: true,
  open: () => open('s3', 'contract', { ...defaultStorage, s3: { ...defaultStorage.s3, endpoint: s3.url, pathStyle: true } }),
})
