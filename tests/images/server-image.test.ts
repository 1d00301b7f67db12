/** deploy/Dockerfile, carried out step by step on this machine: what it copies, builds and starts. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../../tools/postgres.ts'
import { makeRoot } from './base-image.ts'
import { mayChroot, startInRoot } from './container.ts'
import { carryOutCopies, copyContext, pairs, parseDockerfile, run, words, type Stage } from './dockerfile.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
mkdirSync(join(root, '.cache'), { recursive: true })
// Beside the sources, so that what is installed can be linked rather than copied.
const folder = mkdtempSync(join(root, '.cache/server-image-'))
const source = join(folder, 'src')
const image = join(folder, 'image')
const text = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
const [build, last] = parseDockerfile(text) as [Stage, Stage]

before(() => {
  // The account inside has to get to its root.
  chmodSync(folder, 0o755)
  mkdirSync(source)
  for (const { word, rest } of build.instructions) {
    if (word === 'WORKDIR') assert.equal(rest, '/src')
    else if (word === 'COPY') {
      assert.equal(rest, '. .')
      copyContext(root, source)
    } else if (rest.startsWith('npm ci')) installed()
    else run(rest, source)
  }
  makeRoot(image, { programs: ['/bin/sh', '/usr/bin/readlink'] })
  carryOutCopies(last, image, { '/src/': `${source}/` })
})
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

/** What `npm ci` installed here from the same package-lock.json; links to workspaces point at what was copied. */
function installed(): void {
  mkdirSync(join(source, 'node_modules'))
  const entries = readdirSync(join(root, 'node_modules')).filter((name) => name !== '.cache')
  execFileSync('cp', ['-al', ...entries.map((name) => join(root, 'node_modules', name)), join(source, 'node_modules')])
}

const server = (env: Record<string, string> = {}) => {
  const user = last.instructions.find(({ word }) => word === 'USER')!.rest
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return startInRoot(image, { account: user, env: { PATH: path, ...pairs(last, 'ENV'), ...env }, args: [...words(last, 'ENTRYPOINT'), ...words(last, 'CMD')], asks: '/ready' })
}

const create = async (url: string, name: string): Promise<string> => {
  const response = await fetch(`${url}/api/2.0/mlflow/experiments/create`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }) })
  assert.equal(response.status, 200)
  return ((await response.json()) as { experiment_id: string }).experiment_id
}

test('bases are named with their versions, the account is a number other than 0, and no step of the last stage runs a program', () => {
  assert.deepEqual([build.base, last.base], [`node:${JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')).dependencies.node as string}-trixie-slim`, 'debian:trixie-slim'])
  const one = (word: string): string | undefined => last.instructions.find((instruction) => instruction.word === word)?.rest
  assert.deepEqual([one('USER'), one('VOLUME'), one('EXPOSE'), one('STOPSIGNAL'), one('RUN')], ['10001:10001', '/data', '5000', 'SIGTERM', undefined])
})

test('the image holds the program and its Node, and neither sources nor what built them', () => {
  const files = readdirSync(join(image, 'opt'), { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(image, 'opt', name)).isFile())
  assert.deepEqual(readdirSync(join(image, 'opt/cairn/node_modules')).toSorted(), ['cairn', 'node'])
  assert(files.includes('cairn/node_modules/cairn/dist/web/index.html'))
  assert.deepEqual(files.filter((name) => /\.tsx?$|\.map$|(?:^|\/)(?:npm|npx|esbuild|vite|tsc)$/.test(name)), [])
  const bytes = files.filter((name) => !name.endsWith('/bin/node')).reduce((sum, name) => sum + statSync(join(image, 'opt', name)).size, 0)
  assert(bytes < 25e6, `${bytes} bytes beside Node`)
})

test('it starts by its entry point as its account, keeps data in /data alone, passes its health check, and stops when it is told to', async () => {
  const before = new Set(readdirSync(image, { recursive: true, encoding: 'utf8' }))
  {
    await using container = await server()
    if (mayChroot()) assert.equal(container.uid, 10001)
    await create(container.url, 'kept')
    assert.match(await (await fetch(`${container.url}/`)).text(), /<div id="root">/)
    const [program, ...args] = words(last, 'HEALTHCHECK') as [string, ...string[]]
    const check = (port: string): void => void execFileSync(join(image, program), args, { env: { MLFLOW_PORT: port }, stdio: 'ignore' })
    check(new URL(container.url).port)
    assert.throws(() => check('1'))
    // The shell that starts it is not in between: signals reach the server.
    assert.match(readFileSync(`/proc/${container.pid}/cmdline`, 'utf8'), /^\/opt\/cairn\/node_modules\/node\/bin\/node\0/)
  }
  const written = readdirSync(image, { recursive: true, encoding: 'utf8' }).filter((name) => !before.has(name))
  assert.deepEqual(written.filter((name) => !/^(?:data|tmp|dev)(?:\/|$)/.test(name)), [])
  assert(written.includes('data/cairn.db'))
  await using again = await server()
  const found = await fetch(`${again.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept`)
  assert.equal(found.status, 200)
})

test('it keeps its data in PostgreSQL where that is said', async () => {
  await using postgres = await startPostgres()
  const env = { MLFLOW_BACKEND_STORE_URI: postgres.uri }
  let id: string
  {
    await using container = await server(env)
    id = await create(container.url, 'in PostgreSQL')
  }
  await using other = await server(env)
  const { experiment } = await (await fetch(`${other.url}/api/2.0/mlflow/experiments/get?experiment_id=${id}`)).json() as { experiment: { name: string } }
  assert.equal(experiment.name, 'in PostgreSQL')
})
