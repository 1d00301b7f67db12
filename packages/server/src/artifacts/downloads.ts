import { CairnError, invalid, notFound } from '@cairn/protocol'
import { baseName, zipStream, type SafePath, type ZipEntry } from '../platform/files/index.ts'
import { Reply } from '../platform/http/index.ts'
import { wantedOf } from './conditions.ts'
import { attachment } from './disposition.ts'
import type { Place } from './locations.ts'
import { guessMimeType, isText } from './mime.ts'

/** Of every answer that carries what somebody uploaded: it is never shown in this server's name. */
const inert = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; default-src 'none'",
  'cache-control': 'private, no-cache',
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** MLflow's words. `shown` is the path as the request could have given it. */
export const noSuchArtifact = (shown: string): Error => notFound(`No such artifact: '${shown}'`)

/** A file as an attachment, whole or in part. */
export async function sendFile(place: Place, shown: string, headers: Headers): Promise<Reply> {
  const opened = await place.store.open(place.path)
  if (opened === undefined) throw noSuchArtifact(shown)
  if (opened === 'folder') throw invalid(`Artifact path refers to a directory, not a file: '${shown}'`)
  const { info } = opened
  const name = baseName(place.path)
  const about = { ...inert, etag: info.etag, 'last-modified': new Date(info.modifiedMs).toUTCString(), 'accept-ranges': 'bytes' }
  const content = { ...about, 'content-type': guessMimeType(name), 'content-disposition': attachment(name) }
  const wanted = wantedOf(headers, info)
  switch (wanted.kind) {
    case 'all':
      return new Reply({ headers: { ...content, 'content-length': String(info.size) }, body: opened.read() })
    case 'range': {
      const { from, to } = wanted
      const range = { 'content-length': String(to - from + 1), 'content-range': `bytes ${from}-${to}/${info.size}` }
      return new Reply({ status: 206, headers: { ...content, ...range }, body: opened.read(from, to) })
    }
    default:
      await opened[Symbol.asyncDispose]()
  }
  if (wanted.kind === 'not-modified') return new Reply({ status: 304, headers: about })
  if (wanted.kind === 'failed') throw new CairnError('PRECONDITION_FAILED', 'The artifact is not the one that the request asks for.')
  throw new CairnError('RANGE_NOT_SATISFIABLE', `The artifact has ${info.size} bytes; the range lies behind its end.`, { 'content-range': `bytes */${info.size}` })
}

/** A folder as a ZIP archive. Its files are opened one after the other while the client reads. */
export async function sendFolder(place: Place, shown: string, name: string, options: { mayBeAbsent?: boolean } = {}): Promise<Reply> {
  const stat = await place.store.stat(place.path)
  if (stat === undefined && !options.mayBeAbsent) throw noSuchArtifact(shown)
  if (stat !== undefined && stat !== 'folder') throw invalid(`Artifact path refers to a file, not a directory: '${shown}'`)
  return new Reply({
    headers: { ...inert, 'content-type': 'application/zip', 'content-disposition': attachment(`${name}.zip`) },
    body: zipStream(entries(place)),
  })
}

async function* entries({ store, path: folder }: Place): AsyncGenerator<ZipEntry> {
  for await (const { path, info } of store.walk(folder)) {
    yield {
      path: folder === '' ? path : path.slice(folder.length + 1),
      size: info.size,
      modifiedMs: info.modifiedMs,
      compress: isText(guessMimeType(baseName(path))),
      read: async () => open(store, path),
    }
  }
}

async function open(store: Place['store'], path: SafePath): Promise<AsyncIterable<Uint8Array>> {
  const opened = await store.open(path)
  // Deleted since its folder was read: the archive must not look whole.
  if (opened === undefined || opened === 'folder') throw noSuchArtifact(path)
  return opened.read()
}
