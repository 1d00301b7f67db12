import { spawn } from 'node:child_process'

export type Variables = Readonly<Record<string, string | undefined>>

export interface Captured {
  /** 127 where the program is not there. */
  readonly code: number
  readonly out: Buffer
  readonly err: string
}

export interface CaptureOptions {
  readonly cwd?: string | undefined
  readonly env: Variables
  readonly signal?: AbortSignal | undefined
  /** Written to its standard input. */
  readonly input?: string | Uint8Array | undefined
  /** Bytes of output that are kept; more ends the program. Default 256 MiB. */
  readonly limit?: number | undefined
}

/** Runs a program to its end and answers what it wrote. Never throws for what the program does. */
export function capture(command: readonly string[], { cwd, env, signal, input, limit = 256 * 2 ** 20 }: CaptureOptions): Promise<Captured> {
  return new Promise((done) => {
    const [file, ...args] = command
    const child = spawn(file!, args, { cwd, env: env as NodeJS.ProcessEnv, stdio: ['pipe', 'pipe', 'pipe'], signal })
    const out: Buffer[] = []
    let bytes = 0
    let err = ''
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit) child.kill('SIGKILL')
      else out.push(chunk)
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => { err += chunk })
    // A program may end without reading what it is given.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    let failed: Error | undefined
    child.once('error', (error) => { failed = error })
    child.once('close', (code) => done({ code: failed !== undefined && code === null ? 127 : code ?? (failed === undefined ? 137 : 127), out: Buffer.concat(out), err: failed === undefined ? err : `${err}${failed.message}` }))
  })
}

/** The trimmed output of a program that succeeded; undefined where it failed or is not there. */
export async function ask(command: readonly string[], options: CaptureOptions): Promise<string | undefined> {
  const { code, out } = await capture(command, options)
  return code === 0 ? out.toString().trim() : undefined
}
