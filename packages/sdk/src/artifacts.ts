import * as api from '@cairn/protocol'
import { overPages } from './pages.ts'
import { fillPath, type CallOptions, type Transport } from './transport.ts'

export type UploadBody = Blob | Uint8Array<ArrayBuffer> | string | ReadableStream<Uint8Array>

/** A run's or logged model's files. Paths are relative to its artifact root, with `/`. */
export function artifactCalls(transport: Transport) {
  /** The path below the proxy of an artifact URI, if it is one that this server serves. */
  function proxied(uri: string): string {
    const match = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri)
    if (match === null) throw new Error(`The artifacts are at ${uri}, which clients reach without the server. Use the storage's own client.`)
    return match[1]!.replace(/\/+$/, '')
  }
  const root = async (run_id: string): Promise<string> => proxied((await transport.call(api.getRun, { run_id })).run.info.artifact_uri)
  const url = (path: string): string =>
    `${api.prefixes.artifacts[0]!}${fillPath(api.downloadProxiedArtifact, { artifact_path: path }).path}`
  const join = (base: string, path: string): string => (base === '' ? path : `${base}/${path}`)
  const send = async (at: string, body: UploadBody, options?: CallOptions): Promise<void> => {
    const init: RequestInit & { duplex?: 'half' } = {
      method: 'PUT', body, headers: { 'content-type': 'application/octet-stream' }, ...(typeof body === 'object' && 'getReader' in body && { duplex: 'half' }),
    }
    await (await transport.send('uploadArtifact', url(at), init, { timeoutMs: Infinity, ...options })).body?.cancel()
  }

  return {
    /** Files and folders directly below `path`. */
    list: async (run_id: string, path?: string): Promise<readonly api.FileInfo[]> => {
      const found: api.FileInfo[] = []
      for await (const file of overPages(async (page_token) => {
        const { files = [], next_page_token } = await transport.call(api.listArtifacts, { run_id, ...(path !== undefined && { path }), ...(page_token !== undefined && { page_token }) })
        return { items: files, next_page_token }
      })) found.push(file)
      return found
    },
    /** Small text files of many runs and logged models at once; equal texts come once. */
    read: async (input: { run_ids: string[]; paths: string[]; models?: { model_id: string }[] }, options?: CallOptions): Promise<{ files: readonly api.FoundText[]; texts: readonly string[] }> => transport.call(api.readArtifacts, input, options),
    /** The response, for its stream, its bytes or its text. Headers such as `range` go with the request. */
    download: async (run_id: string, path: string, init: { headers?: Record<string, string> } = {}, options?: CallOptions): Promise<Response> =>
      transport.send('downloadArtifact', url(join(await root(run_id), path)), { method: 'GET', ...init }, options),
    /** Has no time limit unless `timeoutMs` sets one: nobody knows how long a file takes. A stream is sent once, all else retried. */
    upload: async (run_id: string, path: string, body: UploadBody, options?: CallOptions): Promise<void> => send(join(await root(run_id), path), body, options),
    /** By artifact URI, which saves asking for the run each time. */
    uploadUri: (uri: string, path: string, body: UploadBody, options?: CallOptions): Promise<void> => send(join(proxied(uri), path), body, options),
    delete: async (run_id: string, path: string): Promise<void> => {
      await (await transport.send('deleteArtifact', url(join(await root(run_id), path)), { method: 'DELETE' })).body?.cancel()
    },
    /** A folder, or all, as a zip. */
    downloadZip: async (run_id: string, path?: string): Promise<Response> => {
      const { path: at } = fillPath(api.downloadRunArtifacts, { run_id })
      return transport.send('downloadRunArtifacts', `${api.prefixes[api.downloadRunArtifacts.api][0]!}${at}${path === undefined ? '' : `?path=${encodeURIComponent(path)}`}`, { method: 'GET' })
    },
    /** By artifact URI, for logged models and registered versions. */
    downloadUri: (uri: string, path: string, options?: CallOptions): Promise<Response> =>
      transport.send('downloadArtifact', url(join(proxied(uri), path)), { method: 'GET' }, options),
  }
}
