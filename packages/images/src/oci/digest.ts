import { createHash } from 'node:crypto'
import { Transform } from 'node:stream'
import { ImageError } from '../errors.ts'
import type { Descriptor } from './types.ts'

export const digestOf = (bytes: Uint8Array | string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** The hexadecimal digits of a digest. It becomes the name of a file, and whoever made the image wrote it. */
export function hexOf(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1]
  if (hex === undefined) throw new ImageError(`The image names something by the digest "${digest}", and only sha256 is known.`, 'Take another image, or copy it with a tool that rewrites digests.')
  return hex
}

/** Passes bytes on and counts them; `digest` and `size` are those of all that went through. */
export class Meter extends Transform {
  readonly #hash = createHash('sha256')
  readonly #limit: number
  size = 0

  /** More bytes than `limit` are an error. */
  constructor(limit = Infinity) {
    super()
    this.#limit = limit
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.#hash.update(chunk)
    this.size += chunk.length
    if (this.size > this.#limit) done(new ImageError(`More came than the ${this.#limit} bytes that were said: it is damaged or was changed.`, 'Nothing of it was used. Try again.'))
    else done(null, chunk)
  }

  /** Once, when all has gone through. */
  digest(): string {
    return `sha256:${this.#hash.digest('hex')}`
  }
}

/** @throws ImageError where what came is not what was named */
export function mustMatch(wanted: Pick<Descriptor, 'digest' | 'size'>, digest: string, size: number, where: string): void {
  if (digest === wanted.digest && size === wanted.size) return
  throw new ImageError(
    `${where}: what came for ${wanted.digest} has ${size} bytes and the digest ${digest}, not ${wanted.size} bytes: it is damaged or was changed.`,
    'Nothing of it was used. Try again; if it stays so, the image has to be pushed again.',
  )
}
