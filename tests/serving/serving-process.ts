import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface ServingProcess extends AsyncDisposable {
  readonly child: ChildProcess
  readonly url: string
  /** What it wrote to stderr so far. */
  err(): string
}

/** `cairn models serve` on a free port, as a process of its own; it answers once this is back. Disposing ends it as an operator would. */
export async function startServing(words: readonly string[], env: NodeJS.ProcessEnv): Promise<ServingProcess> {
  const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', program, 'models', 'serve', '--json', '-p', '0', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => { err += chunk })
  const [chunk] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => { throw new Error(err) })]) as [Buffer]
  return {
    child, url: (JSON.parse(chunk.toString()) as { url: string }).url, err: () => err,
    async [Symbol.asyncDispose]() {
      const exit = once(child, 'exit')
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await exit
    },
  }
}
