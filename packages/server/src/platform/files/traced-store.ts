import { during, type Attributes, type Span, type Tracing } from '../tracing/index.ts'
import type { SafePath } from './path.ts'
import type { Multipart, ObjectStore, OpenObject } from './store.ts'

/** A store that tells a collector what is moved in and out of it. `system`: `local`, `s3`, `gs` … */
export function tracedStore(store: ObjectStore, tracing: Tracing, system: string): ObjectStore {
  const about = (path: SafePath | undefined): Attributes => ({ 'cairn.storage.system': system, ...(path !== undefined && { 'cairn.storage.path': path.slice(0, 500) }) })
  const watched = <T>(name: string, path: SafePath | undefined, work: () => Promise<T>, bytes?: (result: T) => number): Promise<T> => {
    const span = tracing.part(`storage.${name}`, about(path))
    if (span === undefined) return work()
    return during(span, tracing.run(span, work), bytes && ((result) => span.set({ 'cairn.storage.bytes': bytes(result) })))
  }
  const { multipart, presign } = store
  const traced: Multipart = {
    create: (path) => watched('multipart.create', path, () => multipart.create(path)),
    putPart: (...args) => watched('multipart.put', undefined, () => multipart.putPart(...args), ({ size }) => size),
    parts: (id) => multipart.parts(id),
    complete: (...args) => watched('multipart.complete', args[1], () => multipart.complete(...args), ({ size }) => size),
    abandoned: (...args) => watched('multipart.abandoned', undefined, () => multipart.abandoned(...args)),
    abort: (id) => watched('multipart.abort', undefined, () => multipart.abort(id)),
    ...(multipart.presignPart && { presignPart: multipart.presignPart.bind(multipart) }),
  }
  return {
    put: (path, body, options) => watched('put', path, () => store.put(path, body, options), ({ size }) => size),
    stat: (path) => watched('stat', path, () => store.stat(path)),
    async open(path) {
      const opened = await watched('open', path, () => store.open(path))
      return opened === undefined || opened === 'folder' ? opened : tracedObject(opened, () => tracing.part('storage.read', about(path)))
    },
    list: (path, page) => watched('list', path, () => store.list(path, page)),
    walk: (path) => store.walk(path),
    delete: (path) => watched('delete', path, () => store.delete(path)),
    multipart: traced,
    ...(presign && { presign: presign.bind(store) }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function tracedObject(opened: OpenObject, start: () => Span | undefined): OpenObject {
  return {
    info: opened.info,
    read(from, to) {
      const span = start()
      return span === undefined ? opened.read(from, to) : counted(opened.read(from, to), span)
    },
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  }
}

async function* counted(pieces: AsyncIterable<Uint8Array>, span: Span): AsyncGenerator<Uint8Array> {
  let bytes = 0
  let failure: unknown
  try {
    for await (const piece of pieces) {
      bytes += piece.length
      yield piece
    }
  } catch (error) {
    failure = error
    throw error
  } finally {
    // A client that went away ends it too, with what it got.
    span.set({ 'cairn.storage.bytes': bytes })
    span.end(failure)
  }
}
