import { explain } from './explain.ts'
import { wantsColor, type Io } from './framework/io.ts'
import { runProgram } from './framework/run.ts'
import { version } from './installation.ts'
import { tree } from './tree.ts'
import { runWatched, wantsWatching } from './watch.ts'

const argv = process.argv.slice(2)
if (wantsWatching(argv, process.env)) runWatched(argv)
else process.exitCode = await main()

async function main(): Promise<number> {
  const interrupt = new AbortController()
  let asked = 0
  let taken: ((signal: NodeJS.Signals) => void) | undefined
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // The first asks to finish what is under way; who asks twice means it. npm passes on a Ctrl-C
      // that the terminal has sent already: within a second, a second one is the same.
      const again = interrupt.signal.aborted
      if (!again) asked = performance.now()
      else if (performance.now() - asked <= 1000) return
      if (taken !== undefined) taken(signal)
      else if (again) process.exit(130)
      interrupt.abort()
    })
  }
  // The reader of a pipe may leave early (`cairn runs list | head`): nothing is wrong then.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

  const io: Io = {
    write: (text) => process.stdout.write(text),
    warn: (text) => process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    columns: process.stdout.isTTY ? process.stdout.columns : undefined,
    rows: process.stdout.isTTY ? process.stdout.rows : undefined,
    color: wantsColor(process.env, process.stdout.isTTY === true),
    signal: interrupt.signal,
    takeSignals(take) {
      taken = take
      return { [Symbol.dispose]: () => { taken = undefined } }
    },
  }

  return runProgram({ tree, version: version(), explain }, argv, io)
}
