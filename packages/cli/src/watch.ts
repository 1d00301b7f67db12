import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../..', import.meta.url))

/** Whether `cairn server --dev` runs from source and nobody watches it yet. */
export function wantsWatching(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): boolean {
  return argv[0] === 'server' && argv.includes('--dev') && import.meta.url.endsWith('.ts') && env['CAIRN_WATCHED'] === undefined
}

/**
 * Runs this program again under Node's own watcher, which starts it anew when a file of the source
 * changes. By path, as the watcher does not see what database threads import.
 */
export function runWatched(argv: readonly string[]): void {
  const watched = ['cli', 'server', 'protocol'].map((name) => `--watch-path=${packages}${name}/src`)
  const child = spawn(process.execPath, [...process.execArgv, ...watched, '--watch-preserve-output', process.argv[1]!, ...argv], {
    stdio: 'inherit', env: { ...process.env, CAIRN_WATCHED: '1' },
  })
  // The terminal sends Ctrl-C to both; whoever sends a signal to this process alone means the server.
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  process.on('SIGINT', () => {})
  child.once('exit', (code) => process.exit(code ?? 1))
}
