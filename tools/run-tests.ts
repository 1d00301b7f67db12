/**
 * Everything that must hold before a change lands, on two cores. A part that cannot run has failed:
 * nothing is skipped in silence.
 *
 *   npm test                     all
 *   npm test -- python browser   only these parts
 */
import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromiumForTests } from './chromium.ts'
import { inTurn, type Turn } from './in-turn.ts'
import { pythonForTests } from './setup-python.ts'
import { readCounts, summary, type Outcome } from './test-summary.ts'
import { watchedRun } from './watched-run.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const node = process.execPath
const nodeTest = [node, '--conditions=source', '--disable-warning=ExperimentalWarning', '--test']
// Everything finds the pinned Node first, as in the scripts of package.json.
const env: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: `${dirname(node)}:${root}node_modules/.bin:${process.env['PATH'] ?? ''}`, FORCE_COLOR: '0',
  // Tests start some hundred programs from source, and compiling them is a third of each start.
  NODE_COMPILE_CACHE: `${root}node_modules/.cache/compiled`,
}

/** Parts in which no tests are counted. */
const uncounted: ReadonlySet<string> = new Set(['types', 'lint', 'imports', 'build'])

/** The longest test alone (the churn example) says nothing for two minutes on two cores. */
const silenceMs = 300_000

interface Part {
  readonly name: string
  readonly what: string
  /** Runs at the same time as the part before it: neither keeps both cores busy. */
  readonly beside?: true
  /** Answers the command to run, having made ready what it needs. */
  readonly command: () => Promise<readonly string[]> | readonly string[]
}

/** Test files that are there; a part without any has failed, for somebody must have lost them. */
function files(patterns: readonly string[], exclude: readonly string[] = []): string[] {
  const found = globSync([...patterns], { cwd: root, exclude: ['**/node_modules/**', ...exclude] }).toSorted()
  if (found.length === 0) throw new Error(`there are no test files ${patterns.join(', ')}`)
  return found
}

/** Tests in Node that need MLflow itself (the differential one) find the same interpreter. */
let interpreter: Promise<string> | undefined
async function python(): Promise<void> {
  interpreter ??= pythonForTests()
  env['CAIRN_TEST_PYTHON'] = await interpreter
}

/** What makes, packs and serves models: also what builds the bundle itself, so that no two do it at once. */
const models = ['serving', 'images', 'churn', 'sdk', 'package'].map((folder) => `tests/${folder}/**/*.test.ts`)

const parts: readonly Part[] = [
  { name: 'types', what: 'types of every package', command: () => ['npm', 'run', '-s', 'types'] },
  { name: 'lint', what: 'lint', command: () => ['npm', 'run', '-s', 'lint'] },
  { name: 'imports', what: 'directions of imports, length of files', command: () => ['npm', 'run', '-s', 'imports'] },
  { name: 'unit', what: 'tests beside the code', command: () => ['npm', 'run', '-s', 'unit'] },
  { name: 'build', what: 'the bundle that npm publishes, and the web page', command: () => ['npm', 'run', '-s', 'build'] },
  {
    name: 'system', what: 'tests against the started server',
    command: async () => {
      await python()
      return [...nodeTest, '--test-concurrency=1', ...files(['tests/**/*.test.ts'], ['tests/browser/**', 'tests/stores/**', 'tests/postgres/**', ...models])]
    },
  },
  {
    name: 'models', what: 'models packed, served and called, and what is published', beside: true,
    command: async () => {
      await python()
      return [...nodeTest, '--test-concurrency=1', ...files(models)]
    },
  },
  {
    name: 'postgres', what: 'every store on PostgreSQL, and several servers on it',
    command: () => [node, '--conditions=source', 'tests/postgres/run.ts'],
  },
  {
    name: 'python', what: 'the real MLflow client, and the churn example',
    command: async () => {
      await python()
      return [node, '--conditions=source', 'tests/python/run.ts', '-q', '-ra', '--color=no', '--no-header', '-p', 'no:cacheprovider']
    },
  },
  {
    name: 'stores', what: 'artifacts in object storage, on real servers of it', beside: true,
    command: async () => {
      await python()
      return [...nodeTest, '--test-concurrency=1', ...files(['tests/stores/**/*.test.ts'])]
    },
  },
  {
    name: 'browser', what: 'the pages in Chromium',
    command: () => {
      env['CAIRN_CHROMIUM'] = chromiumForTests(process.env)
      return [...nodeTest, '--test-concurrency=1', ...files(['tests/browser/**/*.test.ts'])]
    },
  },
]

async function runPart(part: Part, { write, end }: Turn): Promise<Outcome> {
  const started = performance.now()
  const done = (ok: boolean, counts: Outcome['counts'], note?: string): Outcome =>
    ({ name: part.name, what: part.what, ok, seconds: (performance.now() - started) / 1000, counts, ...(note !== undefined && { note }) })
  write(`\n──── ${part.name}: ${part.what} ────\n`)
  try {
    const { code, text, hung } = await watchedRun(await part.command(), { cwd: root, env, silenceMs, write })
    const counts = readCounts(text)
    if (code === 0 && !uncounted.has(part.name) && (counts?.passed ?? 0) === 0) return done(false, counts, 'no test ran')
    if (hung.length > 0) return done(false, counts, `hung: ${hung.join(', ')}`)
    return done(code === 0, counts, code === 0 ? undefined : `exit status ${code}`)
  } catch (error) {
    write(`${(error as Error).message}\n`)
    return done(false, undefined, `could not run: ${(error as Error).message.split('\n')[0]!}`)
  } finally {
    end()
  }
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name))
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. The parts are: ${parts.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}
const stages: Part[][] = []
for (const part of parts) {
  if (wanted.length > 0 && !wanted.includes(part.name)) continue
  if (part.beside && stages.length > 0) stages.at(-1)!.push(part)
  else stages.push([part])
}
const started = performance.now()
const outcomes: Outcome[] = []
for (const stage of stages) {
  const turns = inTurn(stage.length, (text) => process.stdout.write(text))
  outcomes.push(...await Promise.all(stage.map((part, at) => runPart(part, turns[at]!))))
}
console.log(`\n${summary(outcomes, (performance.now() - started) / 1000)}`)
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1
