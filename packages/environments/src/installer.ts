import { spawn } from 'node:child_process'
import { EnvironmentError } from './errors.ts'

export type Variables = Readonly<Record<string, string | undefined>>

export interface Step {
  readonly command: readonly [string, ...string[]]
  readonly cwd?: string | undefined
  readonly env: Variables
  /** Told each line of its output. */
  readonly online?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Ended {
  readonly code: number
  readonly lines: readonly string[]
}

/** Lines that are kept of what a step writes. */
const kept = 2000

/** Runs a program to its end; both its outputs are one. A program that is not there ends with 127. */
export function runStep({ command, cwd, env, online, signal }: Step): Promise<Ended> {
  return new Promise((done, fail) => {
    const [file, ...args] = command
    // A group of its own: an installer starts compilers, which must end with it.
    const child = spawn(file, args, { cwd, env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const lines: string[] = []
    const take = (line: string): void => {
      const text = line.split('\r').at(-1)!.trimEnd()
      if (text === '') return
      lines.push(text)
      if (lines.length > kept) lines.splice(0, lines.length - kept)
      online?.(text)
    }
    for (const stream of [child.stdout, child.stderr]) {
      let rest = ''
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n')
        rest = parts.pop()!
        parts.forEach(take)
      }).on('end', () => take(rest))
    }
    const stop = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
    signal?.addEventListener('abort', stop, { once: true })
    child.once('error', (error) => done({ code: 127, lines: [error.message] }))
    child.once('close', (code) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) fail(signal.reason as Error)
      else done({ code: code ?? 137, lines })
    })
    if (signal?.aborted) stop()
  })
}

/** Runs a step that must succeed; `what` begins the sentence of the error. */
export async function mustRun(what: string, step: Step, offline = false, tell = advice): Promise<readonly string[]> {
  const { code, lines } = await runStep(step)
  if (code !== 0) throw new EnvironmentError(`${what} (exit status ${code}). The last lines of its output:`, tell(lines.join('\n'), offline), lines.slice(-30))
  return lines
}

const hints: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|ENOSPC/i, 'The disk is full: make room, or keep environments elsewhere with CAIRN_ENV_DIR.'],
  [/hash(?:es)? (?:of|mismatch|do(?:es)? not match)|THESE PACKAGES DO NOT MATCH THE HASHES/i, 'A package is not the one that was locked: the index serves other files, or the lock is from another kind of machine.'],
  [/ResolutionImpossible|conflicting dependencies|No solution found/i, 'Two requirements ask for versions that exclude each other: loosen one of those named above.'],
  [/Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|Connection refused|ConnectTimeout|Network is unreachable|dns error|error sending request/i, 'The package index cannot be reached: look at the network, at PIP_INDEX_URL and the proxy variables, or use what is cached with --offline.'],
  [/401 (?:Client )?(?:Error|Unauthorized)|403 (?:Client )?(?:Error|Forbidden)/i, 'The package index refuses these credentials: look at PIP_INDEX_URL and at ~/.netrc.'],
  [/requires a different Python|Requires-Python|Ignored the following versions that require a different python/i, 'A package has no version for this Python: ask for another one in python_env.yaml, or for another version of the package.'],
  [/Could not find a version that satisfies|No matching distribution/i, 'The index has no such package or version: look at its spelling and version, and at PIP_INDEX_URL.'],
  [/Python\.h: No such file|gcc.*failed|command '.*(?:gcc|cc|clang|g\+\+)'|Microsoft Visual C\+\+|Failed building wheel|metadata-generation-failed|subprocess-exited-with-error/i, 'A package is being compiled and fails: take a version that has a wheel for this Python, or install its compiler and headers (Debian: build-essential python3-dev).'],
  [/ensurepip is not available|No module named (?:'?venv|'?ensurepip)/i, 'This Python lacks the module venv. On Debian or Ubuntu: apt install python3-venv'],
]

/** What to try, by what an installer wrote. */
export function advice(output: string, offline: boolean): string {
  if (offline) {
    return 'It was to be built offline, and not everything is on this machine. Build it once with the network (the same command without --offline),\nor put the wheels into a folder (pip download -d wheels -r requirements.txt) and name it in PIP_FIND_LINKS.'
  }
  return hints.find(([pattern]) => pattern.test(output))?.[1] ?? 'Try the same requirements by hand (python3 -m venv try && try/bin/pip install …), or run with what is installed: --env-manager local'
}
