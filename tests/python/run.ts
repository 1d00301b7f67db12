/**
 * Runs the Python suite, setting up its environment first: `node --conditions=source tests/python/run.ts
 * [pytest arguments]`. See conftest.py for the variables that choose the server.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { pythonForTests } from '../../tools/setup-python.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const python = await pythonForTests().catch((error: unknown) => {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(1)
})
// Without compiled files each start of Python costs seconds more, and the suite starts many.
const { PYTHONDONTWRITEBYTECODE: _, ...env } = process.env
const child = spawn(python, ['-m', 'pytest', ...process.argv.slice(2)], { cwd: here, env, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('close', code => { process.exitCode = code ?? 1 })
