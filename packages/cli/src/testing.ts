import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prefixes, type Endpoint, type RequestOf, type ResponseOf } from '@cairn/protocol'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { explain } from './explain.ts'
import type { Io } from './framework/io.ts'
import { runProgram } from './framework/run.ts'
import { tree } from './tree.ts'

export interface Terminal {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface CommandLine extends AsyncDisposable {
  readonly url: string
  /** A folder of its own, in which commands run. */
  readonly folder: string
  /** Runs a command line in this process against the server; words with spaces as an array. */
  cairn(line: string | readonly string[], io?: Partial<Io>): Promise<Terminal>
  /** The data of `--json`; fails where the command failed. */
  json<T>(line: string | readonly string[]): Promise<T>
  /** Calls the API directly, to prepare what the commands should find. */
  api<E extends Endpoint>(endpoint: E, request: RequestOf<E>): Promise<ResponseOf<E>>
}

/** The command line with a real server on a free port, in a temp folder. `env` is the server's, `signedIn` the command line's. */
export async function startCommandLine({ flags = {}, env = {}, signedIn = {} }: { flags?: Record<string, string>; env?: Record<string, string>; signedIn?: Record<string, string> } = {}): Promise<CommandLine> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-cli-'))
  const server = await startServer(readConfig({ flags: { port: '0', ...flags }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR', ...env }, cwd: folder }))
  const cairn: CommandLine['cairn'] = async (line, over = {}) => {
    let out = ''
    let err = ''
    const io: Io = {
      write: (text) => { out += text }, warn: (text) => { err += text },
      env: { MLFLOW_TRACKING_URI: server.url, ...signedIn }, cwd: folder, columns: undefined, rows: undefined, color: false,
      signal: new AbortController().signal, ...over,
    }
    const code = await runProgram({ tree, version: '0.0.0', explain }, typeof line === 'string' ? line.split(' ') : line, io)
    return { code, out, err }
  }
  return {
    url: server.url,
    folder,
    cairn,
    async json<T>(line: string | readonly string[]) {
      const { code, out, err } = await cairn([...(typeof line === 'string' ? line.split(' ') : line), '--json'])
      if (code !== 0) throw new Error(`exit status ${code}: ${err}`)
      return JSON.parse(out) as T
    },
    async api(endpoint, request) {
      const response = await fetch(server.url + prefixes[endpoint.api][0]! + endpoint.path, {
        method: endpoint.method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(request),
      })
      if (!response.ok) throw new Error(`${endpoint.name}: ${response.status} ${await response.text()}`)
      return await response.json() as never
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}
