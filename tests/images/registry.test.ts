/** Pushing to a registry and beginning with an image of one, against go-containerregistry's, with skopeo on the other side. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { cert } from '../../packages/server/src/webhooks/testing.ts'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { goProgram, serve, type ObjectServer } from '../../tools/object-stores.ts'
import { freePort } from '../../tools/processes.ts'
import { makeModels, type TestModels } from '../serving/models.ts'
import { digests, makeRoot, ownArchitecture, sha256, writeBase } from './base-image.ts'
import { imageTools, skopeo } from './container.ts'
import { startGate } from './gate.ts'
import { startTlsFront } from './tls.ts'
import { builtProgram } from './program.ts'

interface Pushed {
  readonly reference: string
  readonly digest: string
  readonly uploaded: number
  readonly mounted: number
  readonly there: number
}

const folder = mkdtempSync(join(tmpdir(), 'cairn-registry-'))
const at = (...parts: string[]): string => join(folder, ...parts)
let models: TestModels
let line: CommandLine
let registry: ObjectServer
let host: string
before(async () => {
  imageTools()
  await builtProgram()
  models = await makeModels()
  line = await startCommandLine()
  registry = await startRegistry()
  host = `127.0.0.1:${registry.port}`
  makeRoot(at('root'), {})
  mkdirSync(at('root/usr/local/bin'), { recursive: true })
  writeFileSync(at('root/usr/local/bin/node'), 'any')
  writeBase(at('base'), at('root'), { env: [`NODE_VERSION=${process.versions.node}`], docker: true })
  const { code, err } = await cairn(['build-oci', '-m', join(models.folder, 'booster'), '-o', 'image', '--base', 'base', '--tag', 'v1'])
  assert.equal(code, 0, err)
})
after(async () => {
  await registry?.[Symbol.asyncDispose]()
  await line?.[Symbol.asyncDispose]()
  models?.[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

/** One that has nothing yet; it keeps blobs in memory, and once for all its repositories. */
async function startRegistry(): Promise<ObjectServer> {
  const program = await goProgram('registry')
  const port = await freePort()
  return serve(port, mkdtempSync(join(folder, 'registry-')), () => spawn(program, ['-port', String(port)], { stdio: ['ignore', 'ignore', 'pipe'] }))
}

const cairn = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  line.cairn(['models', ...words], { cwd: folder, env: { ...models.env, CAIRN_IMAGE_DIR: at('cache'), DOCKER_CONFIG: at('nobody'), REGISTRY_AUTH_FILE: '', XDG_RUNTIME_DIR: undefined, ...env } })
async function json<T>(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
  const { code, out, err } = await cairn([...words, '--json'], env)
  assert.equal(code, 0, err)
  return JSON.parse(out) as T
}
const digestOf = (...words: string[]): string => (JSON.parse(skopeo('inspect', '--tls-verify=false', ...words)) as { Digest: string }).Digest
const login = (name: string, config: unknown): NodeJS.ProcessEnv => {
  mkdirSync(at(name), { recursive: true })
  writeFileSync(at(name, 'config.json'), JSON.stringify(config))
  return { DOCKER_CONFIG: at(name) }
}

test('an image is pushed, and what skopeo brings back is the same to the byte; what is there is not sent again', async () => {
  const first = await json<Pushed>(['push', 'image', `${host}/team/churn:3`])
  assert.deepEqual([first.reference, first.there], [`${host}/team/churn:3`, 0])
  assert.equal(digestOf(`docker://${host}/team/churn:3`), first.digest)
  skopeo('copy', '--src-tls-verify=false', `docker://${host}/team/churn:3`, `oci:${at('back')}:v1`)
  const blobs = (layout: string): Record<string, string> => digests(at(layout, 'blobs/sha256'))
  assert.deepEqual(blobs('back'), blobs('image'))

  const again = await json<Pushed>(['push', 'image:v1', `${host}/team/churn:latest`])
  assert.deepEqual([again.digest, again.uploaded, again.there], [first.digest, 0, first.uploaded])
  const changed = at('changed-model')
  cpSync(join(models.folder, 'booster'), changed, { recursive: true })
  appendFileSync(join(changed, 'MLmodel'), '# another\n')
  await json(['build-oci', '-m', changed, '-o', 'changed.tar', '--base', 'base'])
  // The model and the config.
  assert.equal((await json<Pushed>(['push', 'changed.tar', `${host}/team/churn:4`])).uploaded, 2)
})

test('a base for several platforms is pulled from a registry by its platform, each blob checked and kept; its layers are not sent there again', async () => {
  const other = ownArchitecture === 'amd64' ? 'arm64' : 'amd64'
  mkdirSync(at('other-root/usr/local/bin'), { recursive: true })
  writeFileSync(at('other-root/usr/local/bin/node'), 'for the other')
  writeBase(at('other'), at('other-root'), { architecture: other, env: [`NODE_VERSION=${process.versions.node}`] })
  // One index of both, in the layout of the first.
  cpSync(at('other'), at('both'), { recursive: true })
  cpSync(at('base/blobs'), at('both/blobs'), { recursive: true })
  const entry = (layout: string, architecture: string): unknown => {
    const { manifests: [{ annotations: _, ...descriptor }] } = JSON.parse(readFileSync(at(layout, 'index.json'), 'utf8')) as { manifests: [{ annotations: unknown }] }
    return { ...descriptor, platform: { os: 'linux', architecture, ...(architecture === 'arm64' && { variant: 'v8' }) } }
  }
  const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [entry('base', ownArchitecture), entry('other', other)] }))
  const hex = sha256(index).slice(7)
  writeFileSync(at('both/blobs/sha256', hex), index)
  writeFileSync(at('both/index.json'), JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: 'application/vnd.oci.image.index.v1+json', digest: `sha256:${hex}`, size: index.length }] }))
  const pushed = await json<Pushed>(['push', 'both', `${host}/library/base:multi`])
  assert.equal(pushed.digest, `sha256:${hex}`)

  const words = ['build-oci', '-m', join(models.folder, 'booster'), '--base', `${host}/library/base:multi`]
  await json([...words, '-o', 'here'])
  await json([...words, '-o', 'there', '--platform', `linux/${other}`], { CAIRN_IMAGE_DIR: at('other-cache') })
  const shown = JSON.parse(skopeo('inspect', '--override-arch', other, `oci:${at('there')}:latest`)) as { Architecture: string; Labels: Record<string, string>; Layers: string[] }
  assert.equal(shown.Architecture, other)
  assert.equal(shown.Labels['org.opencontainers.image.base.name'], `${host}/library/base:multi`)
  const here = JSON.parse(skopeo('inspect', '--override-arch', ownArchitecture, `oci:${at('here')}:latest`)) as { Layers: string[] }
  // The program and the model are the same layers for both.
  assert.deepEqual(here.Layers.slice(1), shown.Layers.slice(1))
  const missing = await cairn([...words, '-o', 'never', '--platform', 'linux/s390x'])
  assert.match(missing.err, new RegExp(`no image for linux/s390x; there is linux/${ownArchitecture}`))

  // A registry that keeps what each repository has apart, as most do.
  await using gate = await startGate({
    target: registry.url,
    intercept: ({ method, url = '' }, outgoing) => {
      if (method === 'HEAD' && url.startsWith('/v2/team/')) outgoing.writeHead(404).end()
      else if (method === 'POST' && url.includes('mount=')) outgoing.writeHead(decodeURIComponent(url).endsWith('from=library/base') ? 201 : 202, { location: '/v2/team/mounted/blobs/uploads/none' }).end()
      else return false
      return true
    },
  })
  await json([...words.slice(0, -1), `${gate.host}/library/base:multi`, '-o', 'mountable'])
  const mounted = await json<Pushed>(['push', 'mountable', `${gate.host}/team/mounted:1`])
  assert.deepEqual([mounted.uploaded, mounted.mounted], [0, 4])
})

test('who asks is read where docker login writes it: a password, for a token or as it is, an identity token, a helper', async () => {
  await using fresh = await startRegistry()
  await using basic = await startGate({ target: fresh.url, auth: 'basic', user: 'ana', password: 'p:ss' })
  const auth = Buffer.from('ana:p:ss').toString('base64')
  const digest = digestOf(`oci:${at('image')}:v1`)
  assert.equal((await json<Pushed>(['push', 'image', `${basic.host}/who/basic:1`], login('basic', { auths: { [basic.host]: { auth } } }))).digest, digest)

  await using another = await startRegistry()
  await using gate = await startGate({ target: another.url, auth: 'token', user: 'ana', password: 'p:ss', identity: 'of-ana' })
  assert.equal((await json<Pushed>(['push', 'image', `${gate.host}/who/token:1`], login('token', { auths: { [`https://${gate.host}`]: { auth } } }))).digest, digest)
  assert.equal((await json<Pushed>(['push', 'image', `${gate.host}/who/identity:1`], login('identity', { auths: { [gate.host]: { auth: Buffer.from('ana:').toString('base64'), identitytoken: 'of-ana' } } }))).digest, digest)
  mkdirSync(at('bin'))
  writeFileSync(at('bin/docker-credential-test'), `#!/bin/sh\nread server\n[ "$1 $server" = "get ${gate.host}" ] || { echo "credentials not found in native keychain"; exit 1; }\necho '{"Username": "ana", "Secret": "p:ss"}'\n`, { mode: 0o755 })
  const helped = { ...login('helper', { credsStore: 'test' }), PATH: `${at('bin')}:${process.env['PATH']}` }
  assert.equal((await json<Pushed>(['push', 'image', `${gate.host}/who/helper:1`], helped)).digest, digest)
  // And the way back, through the same door.
  await json(['build-oci', '-m', join(models.folder, 'booster'), '-o', 'on-itself', '--base', `${gate.host}/who/helper:1`], { ...helped, CAIRN_IMAGE_DIR: at('own-cache') })

  const wrong = await cairn(['push', 'image', `${gate.host}/who/wrong:1`], login('wrong', { auths: { [gate.host]: { auth: Buffer.from('ana:no').toString('base64') } } }))
  assert.match(wrong.err, /refuses \(401\): UNAUTHORIZED: incorrect username or password\.\n {2}Log in: docker login/)
  assert.match((await cairn(['push', 'image', `${basic.host}/who/nobody:1`])).err, /wants a user name and a password, and none are known/)
  assert.match((await cairn(['push', 'image', `${basic.host}/who/nobody:1`], { ...login('no-helper', { credsStore: 'not-there' }) })).err, /docker-credential-not-there/)
})

test('large layers go in pieces, which go on where they broke off; a registry that takes none gets one', async () => {
  for (const tells of [true, false]) {
    await using fresh = await startRegistry()
    let answers = 0
    const has = new Map<string, string>()
    await using gate = await startGate({
      target: fresh.url,
      lose: ({ method, url = '', headers }) => {
        if (method !== 'PATCH') return false
        has.set(url, headers['content-range']!.split('-')[1]!)
        // The second piece arrives, and nobody learns of it.
        return answers++ === 1
      },
      intercept: ({ method, url = '' }, outgoing) => {
        if (!tells || method !== 'GET' || !url.includes('/uploads/')) return false
        outgoing.writeHead(204, { location: url, range: `0-${has.get(url)!}` }).end()
        return true
      },
    })
    const pushed = await json<Pushed>(['push', 'image', `${gate.host}/pieces/churn:1`, '--chunk-mb', '1'])
    skopeo('copy', '--src-tls-verify=false', `docker://127.0.0.1:${fresh.port}/pieces/churn:1`, `oci:${at(`pieces-${tells}`)}:v1`)
    assert.equal(digestOf(`oci:${at(`pieces-${tells}`)}:v1`), pushed.digest)
    const asked = gate.seen.filter(({ method, url }) => method === 'GET' && url.includes('/uploads/'))
    assert.equal(asked.length, 1)
    assert.equal(gate.seen.filter(({ method, url }) => method === 'POST' && url.endsWith('/uploads/')).length, pushed.uploaded + (tells ? 0 : 1))
  }

  let refusals = 0
  await using another = await startRegistry()
  await using whole = await startGate({
    target: another.url,
    intercept: ({ method, url = '' }, outgoing) => {
      if (method === 'PATCH') outgoing.writeHead(405).end()
      else if (method === 'PUT' && url.includes('/blobs/') && refusals++ === 0) outgoing.writeHead(503, { 'retry-after': '1' }).end()
      else return false
      return true
    },
  })
  const pushed = await json<Pushed>(['push', 'image', `${whole.host}/whole/churn:1`, '--chunk-mb', '1'])
  skopeo('copy', '--src-tls-verify=false', `docker://127.0.0.1:${another.port}/whole/churn:1`, `oci:${at('whole')}:v1`)
  assert.equal(digestOf(`oci:${at('whole')}:v1`), pushed.digest)
  assert(refusals > 1)
})

test('a registry that sends elsewhere is followed without a password; what comes damaged is not used', async () => {
  await json(['push', 'image', `${host}/elsewhere/base:1`])
  await using store = await startGate({ target: registry.url })
  await using gate = await startGate({
    target: registry.url, auth: 'basic', user: 'ana', password: 'secret',
    intercept: ({ method, url = '' }, outgoing) => {
      if (method !== 'GET' || !url.includes('/blobs/')) return false
      outgoing.writeHead(307, { location: `http://${store.host}${url}` }).end()
      return true
    },
  })
  const env = login('elsewhere', { auths: { [gate.host]: { auth: Buffer.from('ana:secret').toString('base64') } } })
  const words = ['build-oci', '-m', join(models.folder, 'booster'), '-o', 'elsewhere-image', '--base', `${gate.host}/elsewhere/base:1`]
  await json(words, { ...env, CAIRN_IMAGE_DIR: at('elsewhere-cache') })
  assert(store.seen.length > 2)
  assert.deepEqual(store.seen.filter(({ authorization }) => authorization !== undefined), [])

  for (const [name, body] of [['changed', (size: number) => Buffer.alloc(size)], ['longer', (size: number) => Buffer.alloc(size + 1)], ['shorter', (size: number) => Buffer.alloc(size - 1)]] as const) {
    await using bad = await startGate({
      target: registry.url,
      intercept: ({ method, url = '' }, outgoing) => {
        if (method !== 'GET' || !url.includes('/blobs/')) return false
        const { size } = [...JSON.parse(skopeo('inspect', '--raw', `oci:${at('image')}:v1`)).layers, JSON.parse(skopeo('inspect', '--raw', `oci:${at('image')}:v1`)).config].find(({ digest }: { digest: string }) => url.endsWith(digest)) as { size: number }
        outgoing.writeHead(200).end(body(size))
        return true
      },
    })
    const { code, err } = await cairn(['build-oci', '-m', join(models.folder, 'booster'), '-o', `bad-${name}`, '--base', `${bad.host}/elsewhere/base:1`], { CAIRN_IMAGE_DIR: at(`bad-${name}-cache`) })
    assert.equal(code, 1, name)
    assert.match(err, /damaged or was changed/)
  }
})

test('what is not there, or no image, or no registry, is told with what to do', async () => {
  const build = ['build-oci', '-m', join(models.folder, 'booster'), '-o', 'never', '--base']
  for (const [words, expected] of [
    [[...build, `${host}/team/churn:nine`], /refuses \(404\): MANIFEST_UNKNOWN[\s\S]*spelling/],
    [[...build, '127.0.0.1:9/team/churn:3'], /127\.0\.0\.1:9 does not answer \(/],
    [[...build, 'Team/Churn:3'], /no name of a repository/],
    [['push', './nowhere', `${host}/team/churn:3`], /There is no OCI layout/],
    [['push', 'image', `${host}/team/churn@sha256:${'0'.repeat(64)}`], /names a digest/],
    [['push', 'image', `${host}/team/churn:3`, '--chunk-mb', '0'], /--chunk-mb is 0/],
  ] as const) {
    const { code, err } = await cairn(words)
    assert.notEqual(code, 0, words.join(' '))
    assert.match(err, expected)
    assert.doesNotMatch(err, /\n {4}at /)
  }
})

test('a registry whose certificate an authority of its own signed is refused, and with that authority pushed to and begun with', async () => {
  await using front = await startTlsFront(registry.port, at('ca.pem'))
  writeFileSync(at('no.pem'), 'nothing')
  for (const [file, expected] of [[undefined, /does not answer/], ['no.pem', /holds no certificate/], ['nowhere.pem', /cannot be read \(ENOENT\)/]] as const) {
    const refusedOne = await cairn(['push', 'image', `${front.host}/team/tls:1`, ...(file === undefined ? [] : ['--ca-file', file])])
    assert.notEqual(refusedOne.code, 0)
    assert.match(refusedOne.err, expected)
  }
  const pushed = await json<Pushed>(['push', 'image', `${front.host}/team/tls:1`, '--ca-file', 'ca.pem'])
  assert.equal(digestOf(`docker://${host}/team/tls:1`), pushed.digest)
  await json(['push', 'base', `${front.host}/team/tls-base:1`, '--ca-file', 'ca.pem'])
  const built = await cairn(['build-oci', '-m', join(models.folder, 'booster'), '-o', 'on-tls', '--base', `${front.host}/team/tls-base:1`, '--ca-file', 'ca.pem'])
  assert.equal(built.code, 0, built.err)
  // Another authority does not do: the registry is not who it says.
  writeFileSync(at('other.pem'), cert)
  const other = await cairn(['push', 'image', `${front.host}/team/tls:2`, '--ca-file', 'other.pem'])
  assert.equal(other.code, 1)
  assert.match(other.err, /does not answer \(\w+\)[\s\S]*--ca-file ca\.pem/)
})
