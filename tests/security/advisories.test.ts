import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { defences } from './defences.ts'
import { ask, outcome, post } from './wire.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every attack that MLflow's servers are known to have suffered. */
const advisories = [
  '2023-1177', '2023-2780', '2023-2356', '2023-3765', '2023-4033', '2023-6014', '2023-6015', '2023-6018', '2023-6753', '2023-6975', '2023-6976', '2023-6709', '2023-6831', '2024-1560', '2023-6909', '2023-6977',
  '2024-1483', '2024-1558', '2024-1594', '2024-2928', '2024-3573', '2024-3848', '2024-1593', '2023-6940', '2023-6974', '2023-43472', '2024-0520', '2024-27132', '2024-27133', '2024-37052', '2024-37061', '2026-96775',
  '2024-3099', '2024-4263', '2024-6838', '2024-8859', '2025-0453', '2025-1473', '2025-1474', '2025-11200', '2025-52967', '2025-11201', '2025-14279', '2025-15031', '2025-15381', '2026-0545', '2026-2652', '2026-2393',
  '2026-64849', '2026-2614', '2026-116690', '2026-2651', '2026-2734', '2026-3198', '2026-53995', '2026-115886', '2026-116692', '2026-118624', '2026-118625', '2026-118626', '2026-4137',
]

test('every defence that is taken away to see who notices stands in its file, once', () => {
  const found = defences.map(({ name, file, from }) => [name, readFileSync(join(root, file), 'utf8').split(from).length - 1])
  assert.deepEqual(found.filter(([, count]) => count !== 1), [])
})

describe('docs/security.md', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const attacks = /## Attacks that[\s\S]*?(?=\n## |\nTo look)/.exec(text)![0].split('\n').filter((line) => /^\| (?!attack|-)/.test(line))

  test('names every advisory, each once', () => {
    const named = attacks.flatMap((line) => line.match(/CVE-[\d-]+/g) ?? []).map((id) => id.slice(4))
    assert.deepEqual(named.toSorted(), advisories.toSorted())
  })

  test('names for each attack tests that there are, by their titles', () => {
    for (const line of attacks) {
      const cell = line.split(' | ').at(-1)!.replace(/ \|$/, '')
      if (cell === '–') continue
      let source = ''
      let found = 0
      for (const [, file, title] of cell.matchAll(/`((?:packages|tests)\/[^`]+)`|\*((?:[^*])+)\*/g)) {
        if (file !== undefined) source = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'")
        else {
          assert.match(source, new RegExp(`(?:test|it)\\(['\`][^\\n]*${title!.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`), title!)
          found += 1
        }
      }
      assert.ok(found > 0, line)
    }
  })

  test('names for each boundary tests that there are', () => {
    const files = [...text.matchAll(/`((?:…\/)?[\w./-]+\.test\.ts|tests\/[\w/]+(?:\.py)?)`/g)].map(([, name]) => name!)
    assert.ok(files.length > 30)
    for (const name of files) {
      const places = name.startsWith('…/') ? globSync(`{tests,packages}/**/${name.slice(2)}`, { cwd: root, exclude: (path) => path.includes('node_modules') }) : [name, join('tests/security', name)]
      assert.ok(places.some((place) => existsSync(join(root, place))), name)
    }
  })
})

test('the server starts no program, evaluates no text and unpickles nothing', () => {
  const sources = globSync('packages/{server,protocol}/src/**/*.ts', { cwd: root }).filter((path) => !/\.test\.ts$|\/testing[\w-]*\.ts$/.test(path))
  assert.ok(sources.length > 300)
  for (const path of sources) {
    const code = readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '')
    assert.ok(!/child_process|node:vm|node:repl|\beval\(|new Function\b|\bFunction\(|vm\.runIn|pickle|process\.(?:dlopen|binding)/i.test(code), path)
  }
})

describe('a server', () => {
  let folder: string
  let server: ServerProcess
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cairn-advisories-'))
    server = await startServerProcess(folder)
  })
  after(async () => {
    assert.equal((await ask(server.url, '/health')).status, 200)
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const mlflow = '/api/2.0/mlflow'
  const invalid = '400 INVALID_PARAMETER_VALUE'
  const experiments = async (): Promise<number> => (JSON.parse((await ask(server.url, `${mlflow}/experiments/search?max_results=1000&view_type=ALL`)).body) as { experiments: unknown[] }).experiments.length

  test('names without end are refused, and one request makes one thing', async () => {
    const count = await experiments()
    for (const name of ['x'.repeat(501), 'x'.repeat(1_000_000), '𝒳'.repeat(501), '']) {
      assert.equal(outcome(await post(server.url, `${mlflow}/experiments/create`, { name })), invalid, String(name.length))
      assert.equal(outcome(await post(server.url, `${mlflow}/registered-models/create`, { name: name === '' ? '' : name.repeat(3) })), invalid, String(name.length))
    }
    for (const name of [['a', 'b'], { a: 1 }, 7, true]) assert.equal(outcome(await post(server.url, `${mlflow}/experiments/create`, { name })), invalid, JSON.stringify(name))
    assert.equal(outcome(await post(server.url, `${mlflow}/experiments/create`, { name: 'tags', tags: [{ key: 'k'.repeat(251), value: 'v' }] })), invalid, 'key')
    assert.equal(outcome(await post(server.url, `${mlflow}/experiments/create`, { name: 'tags', tags: [{ key: 'k', value: 'v'.repeat(200_000) }] })), invalid, 'value')
    assert.equal(await experiments(), count)
  })

  test('what calls itself a prompt is checked like everything else', async () => {
    const prompt = { key: 'mlflow.prompt.is_prompt', value: 'true' }
    await post(server.url, `${mlflow}/registered-models/create`, { name: 'greeting', tags: [prompt] })
    await post(server.url, `${mlflow}/registered-models/create`, { name: 'model' })
    for (const name of ['greeting', 'model']) {
      for (const source of ['file:///etc', '/etc', 'etc/passwd', '../../etc', './etc', 'file:etc', 'mlflow-artifacts:/../../etc', '//proc/self/root/etc']) {
        const made = await post(server.url, `${mlflow}/model-versions/create`, { name, source, tags: [prompt, { key: 'mlflow.prompt.text', value: 'Hello' }] })
        // A prompt's own source is a text that nobody reads as a place; no file is ever served by it.
        if (made.status !== 200) assert.equal(outcome(made), invalid, `${name} ${source}`)
        else assert.equal(name, 'greeting', `${name} ${source}`)
        const { version = '1' } = made.status === 200 ? (JSON.parse(made.body) as { model_version: { version: string } }).model_version : {}
        for (const path of ['passwd', '.', 'etc/passwd']) {
          const read = await ask(server.url, `/model-versions/get-artifact?name=${name}&version=${version}&path=${path}`)
          assert.ok(read.status >= 400 && !read.body.includes('root:'), `${name} ${source} ${path}: ${read.status}`)
        }
      }
    }
  })
})
