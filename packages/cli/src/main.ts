import { explain } from './explain.ts'
import { wantsColor, type Io } from './framework/io.ts'
import { runProgram } from './framework/run.ts'
import { version } from './installation.ts'
import { tree } from './tree.ts'

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // The first asks to finish what is under way; who asks twice means it.
    if (interrupt.signal.aborted) process.exit(130)
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
}

process.exitCode = await runProgram({ tree, version: version(), explain }, process.argv.slice(2), io)
