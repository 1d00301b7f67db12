import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { explain } from '../../packages/cli/src/explain.ts'
import { runProgram } from '../../packages/cli/src/framework/run.ts'
import { tree } from '../../packages/cli/src/tree.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs `cairn` with these words in this process. Locations are relative to `cwd`. */
export async function cairn(words: readonly string[], { cwd, env = {}, signal }: { cwd: string; env?: Record<string, string>; signal?: AbortSignal }): Promise<Ended> {
  let out = ''
  let err = ''
  const code = await runProgram({ tree, version: '0.0.0', explain }, words, {
    write: (text) => { out += text }, warn: (text) => { err += text }, env, cwd, columns: undefined, rows: undefined, color: false,
    signal: signal ?? new AbortController().signal,
  })
  return { code, out, err }
}

export function tempFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'cairn-operate-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
