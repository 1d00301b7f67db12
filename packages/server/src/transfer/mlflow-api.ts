import type { SourceArtifacts, SourceFolder } from './source-artifacts.ts'
import { SourceRefused } from './source.ts'

/** MLflow's server said no. */
export class MlflowRefused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface MlflowApi {
  /** Without credentials. */
  readonly url: string
  /** JSON from `/api/2.0/mlflow/…`. */
  get<T>(path: string, query: Readonly<Record<string, string | number | undefined>>): Promise<T>
  post<T>(path: string, body: object, method?: 'POST' | 'PATCH' | 'DELETE'): Promise<T>
  /** The answer to a path of the server as it is, for files. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

/** Times that a request is made which no answer came to, or 429 or 503. */
const attempts = 4

/**
 * A running MLflow (or Cairn). Only the command line talks to it, to the address that its user has
 * typed; the server never does, so the guards of platform/outbound have nothing to guard here.
 */
export function connectMlflow(from: string, env: Readonly<Record<string, string | undefined>>): MlflowApi {
  const base = new URL(from)
  const user = env['MLFLOW_TRACKING_USERNAME'] ?? decodeURIComponent(base.username)
  const password = env['MLFLOW_TRACKING_PASSWORD'] ?? decodeURIComponent(base.password)
  const token = env['MLFLOW_TRACKING_TOKEN']
  const authorization = token ? `Bearer ${token}` : user === '' ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  base.username = ''
  base.password = ''
  const url = base.href.replace(/\/+$/, '')
  /** Where nothing answers at all, to ask again only keeps a person waiting. */
  let answered = false
  const send = async (path: string, init: RequestInit = {}, attempt = 1): Promise<Response> => {
    const headers = { ...init.headers as Record<string, string> | undefined, ...(authorization !== undefined && { authorization }) }
    // A stream can be sent once.
    const last = attempt === attempts || !answered || init.body instanceof ReadableStream
    try {
      const response = await fetch(url + path, { ...init, headers })
      answered = true
      if (last || (response.status !== 429 && response.status !== 503)) return response
      await response.body?.cancel()
    } catch (error) {
      if (last) throw new SourceRefused(`No server answers at ${url} (${((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? (error as Error).message}).`, { cause: error })
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt))
    return send(path, init, attempt + 1)
  }
  return mlflowApi(url, send)
}

/** MLflow's API by whatever sends requests: the answers as values, refusals as errors. */
export function mlflowApi(url: string, send: (path: string, init?: RequestInit) => Promise<Response>): MlflowApi {
  const checked = async (path: string, init?: RequestInit): Promise<Response> => {
    const response = await send(path, init)
    if (response.ok) return response
    const text = await response.text()
    let body: { error_code?: string; message?: string } = {}
    try {
      body = JSON.parse(text) as typeof body
    } catch {
      // Not every answer is JSON: proxies write text.
    }
    throw new MlflowRefused(response.status, body.error_code ?? '', body.message ?? `${url}${path} answered ${response.status}`)
  }
  return {
    url,
    fetch: checked,
    async get<T>(path: string, query: Readonly<Record<string, string | number | undefined>>) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '').map(([name, value]): [string, string] => [name, String(value)])
      return parseJson<T>(await (await checked(`/api/2.0/mlflow/${path}?${new URLSearchParams(given)}`)).text())
    },
    async post<T>(path: string, body: object, method = 'POST' as const) {
      const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? JSON.rawJSON(String(value)) : value))
      return parseJson<T>(await (await checked(`/api/2.0/mlflow/${path}`, { method, headers: { 'content-type': 'application/json' }, body: text })).text())
    },
  }
}

/** Integers beyond 2^53 stay exact, as `bigint`. */
const parseJson = <T>(text: string): T => JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
  (typeof value === 'number' && !Number.isSafeInteger(value) && context?.source !== undefined && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value)) as T

interface Listed {
  readonly files?: readonly { readonly path: string; readonly is_dir?: boolean; readonly file_size?: number | bigint }[]
}

/** Files by way of the server, where they are not in a place that can be read directly. */
export function httpArtifacts(api: MlflowApi, direct: SourceArtifacts): SourceArtifacts {
  return {
    absolute: direct.absolute,
    learn: direct.learn,
    async folder(uri, owner) {
      const own = await direct.folder(uri, owner)
      if (own !== undefined) return own
      const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.*)$/s.exec(uri)?.[1]
      if (proxied !== undefined) return proxiedFolder(api, proxied.replace(/\/+$/, ''))
      if (owner.run_id !== undefined) return runFolder(api, owner.run_id)
      return owner.model_id === undefined ? undefined : modelFolder(api, owner.model_id)
    },
    [Symbol.asyncDispose]: () => direct[Symbol.asyncDispose](),
  }
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

export function proxiedFolder(api: MlflowApi, root: string): SourceFolder {
  const place = '/api/2.0/mlflow-artifacts/artifacts'
  return folderOf(
    async (path) => {
      const below = path === '' ? root : `${root}/${path}`
      const { files = [] } = parseJson<Listed>(await (await api.fetch(`${place}?${new URLSearchParams({ path: below })}`)).text())
      // By bare names here, by paths elsewhere.
      return files.map((file) => ({ ...file, path: path === '' ? file.path : `${path}/${file.path}` }))
    },
    (path) => api.fetch(`${place}/${encoded(`${root}/${path}`)}`))
}

const runFolder = (api: MlflowApi, run_id: string): SourceFolder => folderOf(
  async (path) => (await api.get<Listed>('artifacts/list', { run_id, path })).files ?? [],
  (path) => api.fetch(`/get-artifact?${new URLSearchParams({ run_uuid: run_id, path })}`))

const modelFolder = (api: MlflowApi, id: string): SourceFolder => folderOf(
  async (path) => (await api.get<Listed>(`logged-models/${encodeURIComponent(id)}/artifacts/directories`, { artifact_directory_path: path })).files ?? [],
  (path) => api.fetch(`/ajax-api/2.0/mlflow/logged-models/${encodeURIComponent(id)}/artifacts/files?${new URLSearchParams({ artifact_file_path: path })}`))

function folderOf(list: (path: string) => Promise<NonNullable<Listed['files']>>, get: (path: string) => Promise<Response>): SourceFolder {
  async function* below(path: string): AsyncGenerator<{ path: string; size: number }> {
    for (const file of await list(path)) {
      if (file.is_dir) yield* below(file.path)
      else yield { path: file.path, size: Number(file.file_size ?? 0) }
    }
  }
  return {
    files: () => below(''),
    async *read(path) {
      const { body } = await get(path)
      if (body !== null) yield* body
    },
  }
}
