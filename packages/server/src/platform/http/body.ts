import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { CairnError, invalid } from '@cairn/protocol'

const inflaters = new Map([['gzip', promisify(gunzip)], ['x-gzip', promisify(gunzip)], ['deflate', promisify(inflate)]])

/**
 * The body as text, of at most `limit` bytes both as sent and after decompression. What is longer
 * is refused as soon as that is known, and the rest is not read.
 */
export function readText(request: IncomingMessage, limit: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit))
  const encoding = request.headers['content-encoding']
  const bytes = readBytes(request, limit)
  if (encoding === undefined || encoding === 'identity') return bytes.then((plain) => plain.toString('utf8'))
  return inflateText(bytes, encoding, limit)
}

async function inflateText(sent: Promise<Buffer>, encoding: string, limit: number): Promise<string> {
  const bytes = await sent
  const inflateBytes = inflaters.get(encoding.toLowerCase())
  if (inflateBytes === undefined) throw invalid(`Content-Encoding '${encoding.slice(0, 40)}' is not supported. Send the body plain, or with gzip or deflate.`)
  try {
    return (await inflateBytes(bytes, { maxOutputLength: limit })).toString('utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw invalid(`The request body is not valid ${encoding}.`)
  }
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined
    let rest: Buffer[] | undefined
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        request.pause()
        request.removeAllListeners('data')
        reject(tooLarge(limit))
      } else if (first === undefined) first = chunk
      else (rest ??= [first]).push(chunk)
    })
    request.on('end', () => resolve(rest === undefined ? first ?? Buffer.alloc(0) : Buffer.concat(rest, size)))
    // Also when the client closes the connection before the body has arrived.
    request.on('error', reject)
  })
}

const tooLarge = (limit: number): CairnError =>
  new CairnError('REQUEST_TOO_LARGE', `The request body is larger than ${limit} bytes, the most that this server takes. Split it into several requests.`)
