/**
 * The store tests on PostgreSQL, with the bodies that they have on SQLite, then what only several
 * servers can show: `node --conditions=source tests/postgres/run.ts [files]`.
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../../tools/postgres.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Files that look into SQLite's own file or need no database at all. */
const elsewhere = ['packages/server/src/platform/http/**', 'packages/server/src/platform/files/**', 'packages/server/src/platform/outbound/**', 'packages/server/src/artifacts/**', 'packages/server/src/names/**', 'packages/server/src/main/**', 'packages/server/src/pages/**', 'packages/server/src/live/**', 'packages/server/src/metrics/codec.test.ts']
const files = process.argv.length > 2 ? process.argv.slice(2)
  : [...globSync('packages/server/src/**/*.test.ts', { cwd: root, exclude: elsewhere }), ...globSync(['tests/postgres/*.test.ts', 'tests/crash/*.test.ts'], { cwd: root })].toSorted()

await using postgres = await startPostgres()
const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', '--import', './tools/test-seed.ts', '--test', '--test-concurrency=2', ...files], {
  cwd: root, stdio: 'inherit', env: { ...process.env, CAIRN_TEST_POSTGRES: postgres.uri },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
process.exitCode = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? 1)))
