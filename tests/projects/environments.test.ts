import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EnvironmentError, environmentVariables, interpreterAt, parsePythonYaml, prepareEnvironment, pythonRepr, type EnvironmentRequest } from '@cairn/environments'
import { pythonForTests } from '../../tools/setup-python.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-environments-'))
const root = join(folder, 'envs')
let python: string
let request: EnvironmentRequest
before(async () => {
  python = await pythonForTests()
  const { version } = (await interpreterAt(python, process.env))!
  request = { manager: 'virtualenv', spec: { python: version, build_dependencies: [], dependencies: ['six==1.17.0'] }, folder, root, env: process.env }
})
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

const run = (command: string, args: string[], env: NodeJS.ProcessEnv = process.env) => {
  const { status, stdout, stderr } = spawnSync(command, args, { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}

test('an environment is built once for what it holds, however many ask at once, and used again', async () => {
  const [one, other] = await Promise.all([prepareEnvironment(request), prepareEnvironment(request)])
  assert.deepEqual([one.built, other.built].toSorted(), [false, true])
  assert.equal(one.path, other.path)
  assert.match(one.lock, /^six==1\.17\.0 --hash=sha256:\w{64}\n$/)
  assert.equal(run('python', ['-c', 'import six, sys; print(six.__version__, sys.prefix)'], environmentVariables(one, process.env)), `1.17.0 ${one.path}`)
  const offline = await prepareEnvironment({ ...request, offline: true })
  assert.equal(offline.built, false)

  const locked = await prepareEnvironment({ ...request, spec: { ...request.spec, dependencies: ['six'] }, lock: one.lock })
  assert.notEqual(locked.id, one.id)
  assert.equal(locked.lock, one.lock)
})

test('an environment that cannot be built says why, shows the end of the installer’s output, and leaves nothing', async () => {
  const broken = { ...request, spec: { ...request.spec, dependencies: ['six==999'] }, root: join(folder, 'broken') }
  await assert.rejects(prepareEnvironment(broken), (error: EnvironmentError) => {
    assert.match(error.message, /^pip could not install the packages \(exit status 1\)[^]*No matching distribution found for six==999/)
    assert(error.output.length > 0 && error.output.length <= 30)
    assert.match(error.fix, /no such package or version/)
    return true
  })
  assert.deepEqual(readdirSync(join(folder, 'broken')).flatMap((id) => readdirSync(join(folder, 'broken', id))), [])
})

test('offline builds use a folder of wheels, and say what is missing without one', async () => {
  const wheels = join(folder, 'wheels')
  run(python, ['-m', 'pip', 'download', '-q', '--no-deps', '-d', wheels, 'six==1.16.0'])
  const offline = { ...request, spec: { ...request.spec, dependencies: ['six==1.16.0'] }, offline: true }
  const { PIP_FIND_LINKS: _, ...env } = process.env
  await assert.rejects(prepareEnvironment({ ...offline, env: { ...env, PIP_CONFIG_FILE: '/dev/null' } }), (error: EnvironmentError) => /PIP_FIND_LINKS/.test(error.fix))
  const made = await prepareEnvironment({ ...offline, env: { ...env, PIP_FIND_LINKS: wheels } })
  assert.match(made.lock, /^six==1\.16\.0/)
})

test('a Python that is not installed is named, with those that are', async () => {
  await assert.rejects(prepareEnvironment({ ...request, spec: { ...request.spec, python: '3.99' }, offline: true }), (error: EnvironmentError) => {
    assert.match(error.message, /^Python 3\.99 is not installed.*; there is .*\d+\.\d+\.\d+/)
    assert.match(error.fix, /pyenv install 3\.99/)
    return true
  })
})

test('a build that is interrupted ends its installer and leaves nothing', async () => {
  const stop = new AbortController()
  const interrupted = { ...request, spec: { ...request.spec, dependencies: ['idna'] }, root: join(folder, 'stopped'), signal: stop.signal }
  await assert.rejects(prepareEnvironment({ ...interrupted, say: () => setTimeout(() => stop.abort(), 200) }), { name: 'AbortError' })
  assert.deepEqual(readdirSync(join(folder, 'stopped')).flatMap((id) => readdirSync(join(folder, 'stopped', id))), [])
})

test('uv builds where it is on the PATH', async () => {
  const home = join(folder, 'uv')
  run(python, ['-m', 'pip', 'install', '-q', '--target', home, 'uv==0.9.9'])
  const env = { ...process.env, PATH: `${join(home, 'bin')}:${process.env['PATH']}` }
  const made = await prepareEnvironment({ ...request, manager: 'uv', env })
  assert.equal(made.engine, 'uv')
  assert.match(made.lock, /^six==1\.17\.0/m)
  assert.equal(run('python', ['-c', 'import six; print(six.__version__)'], environmentVariables(made, env)), '1.17.0')
  await assert.rejects(prepareEnvironment({ ...request, manager: 'uv', env: { ...process.env, PATH: '/nowhere' } }), /no uv on the PATH/)
})

test('YAML is read as PyYAML reads it', () => {
  const scalars = [
    'yes', 'No', 'on', 'y', 'TRUE', 'tRUE', 'null', 'Null', '~', '1', '-1', '+1', '01', '08', '0o7', '0x1F', '0b101', '1_000', '1:30', '-1:30', '1:30:59', '1:61',
    '1.', '1.0', '.5', '-.5', '1e3', '1e+3', '1.0e3', '1.0e+3', '1.5E-7', '1_0.5', '.inf', '-.inf', '.nan', '1.0e-10', '123456789012345678901234567890', '1e400', '0.1', '100000000000000000.0',
    '2020-01-01', '2020-01-01 10:00:00', '2020-01-01T10:00:00.5Z', '2020-1-1', '"1"', "'yes'", '!!str 1', '!!int "3"', '!!float 3', '[1, 2.0, yes]', '{a: 1, b: [x]}', 'a b', 'it\'s', '"tab\\t"', '1,000', '0.30000000000000004', '1e22', '-0.0',
  ].map((text) => `v: ${text}`)
  const documents = [...scalars, 'a: &a {x: 1}\nb: {<<: *a, y: 2}', 'a: |\n  two\n  lines\nb: >\n  folded\n  text\n', 'a: 1\na: 2', '2: one\ntrue: two\n2.50: three', '# only a comment', '- 1\n- - 2\n', 'a:\n- x\n-  y: 1\n', 'k: "\\u00e9"']
  const file = join(folder, 'documents.json')
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(documents))
  const program = `
import json, sys, yaml
def text(v):
    if isinstance(v, dict): return {str(k): text(x) for k, x in v.items()}
    if isinstance(v, list): return [text(x) for x in v]
    if v.__class__.__module__ == 'datetime': return str(v)
    return v
print(json.dumps([repr(text(yaml.safe_load(d))) for d in json.load(open(sys.argv[1]))]))`
  const theirs = JSON.parse(run(python, ['-c', program, file])) as string[]
  assert.deepEqual(documents.map((document) => [document, pythonRepr(parsePythonYaml(document))]), documents.map((document, index) => [document, theirs[index]]))
})
