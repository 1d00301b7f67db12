import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, beforeEach, describe, test } from 'node:test'
import { artifactServer, runId, type ArtifactServer } from './testing.ts'

/*
 * What MLflow's servers suffered, tried against ours. Outside of the served folder lies a secret;
 * after each attack it is still there, unread, and nothing lies beside it.
 */
let server: ArtifactServer
let outside: string
const secret = 'root:x:0:0'

before(async () => {
  outside = await mkdtemp(join(tmpdir(), 'cairn-outside-'))
  server = await artifactServer()
  await writeFile(join(outside, 'passwd'), secret)
  await mkdir(join(server.destination, '1', runId, 'artifacts'), { recursive: true })
})
beforeEach(() => writeFile(join(server.destination, '1', runId, 'artifacts', 'mine.txt'), 'mine'))
after(async () => {
  assert.deepEqual(await readdir(outside), ['passwd'])
  assert.equal(await readFile(join(outside, 'passwd'), 'utf8'), secret)
  assert.deepEqual((await readdir(server.folder)).sort(), ['store'])
  assert.deepEqual(server.errors, [])
  await server[Symbol.asyncDispose]()
  await rm(outside, { recursive: true })
})

/** Sends the path as it is; `fetch` would tidy it up. */
function raw(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, method, path, headers: body === undefined ? headers : { 'content-length': Buffer.byteLength(body), ...headers } })
    sent.on('error', reject)
    sent.on('response', (response) => { text(response).then((all) => resolve({ status: response.statusCode!, text: all }), reject) })
    sent.end(body)
  })
}

const up = '../'.repeat(12)
const names = (): string[] => {
  const target = join(outside, 'passwd')
  const written: string[] = [
    `${up}${target}`, target, `/${target}`, `//proc/self/root${target}`, `file://${target}`, `file:${target}`, `./${up}${target}`, `a/../../../${up}${target}`,
    `..;/..;/..;${target}`, `a;/../../${up}${target}`, `#/../${up}${target}`, `?/../${up}${target}`, `C:${target}`, 'C:\\Windows\\win.ini', 'C:/Windows/win.ini',
    `..\\..\\..${target.replaceAll('/', '\\')}`, '\\\\server\\share\\x', `x\u0000/../${up}${target}`, '.', '..', './', '../', 'a/..', '~/../..',
  ]
  return written
}
const encodings: Record<string, (name: string) => string> = {
  'percent-encoded': (name) => encodeURIComponent(name).replaceAll('.', '%2E'),
  'percent-encoded by segment': (name) => name.split('/').map(encodeURIComponent).join('/'),
  'twice encoded': (name) => encodeURIComponent(encodeURIComponent(name).replaceAll('.', '%2E')),
  'three times encoded': (name) => encodeURIComponent(encodeURIComponent(encodeURIComponent(name).replaceAll('.', '%2E'))),
}

const overlong = ['%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd', '%e0%80%ae%e0%80%ae/x', '%ff%fe', '%uff0e%uff0e/x', '%2%65%2e/x']

for (const [how, encode] of Object.entries(encodings)) {
  describe(`a name that climbs out, ${how},`, () => {
    const refused = [400, 404]
    test('neither reads, writes nor deletes through the proxy', async () => {
      for (const name of names()) {
        const path = `/api/2.0/mlflow-artifacts/artifacts/${encode(name)}`
        const read = await raw('GET', path)
        assert(refused.includes(read.status) && !read.text.includes(secret), `GET ${path}: ${read.status}`)
        for (const [method, body] of [['PUT', 'evil'], ['DELETE', undefined]] as const) {
          const { status } = await raw(method, path, body)
          // `~` and a name behind `a/` are ordinary names once nothing climbs in them; none is here.
          assert(refused.includes(status), `${method} ${path}: ${status}`)
        }
        const listed = await raw('GET', `/api/2.0/mlflow-artifacts/artifacts?path=${encode(name)}`)
        assert(!listed.text.includes('passwd"'), `list ${path}`)
        for (const verb of ['create', 'complete', 'abort']) {
          const body = JSON.stringify({ path: name, upload_id: 'x'.repeat(32), num_parts: 1, parts: [{ part_number: 1 }] })
          const { status } = await raw('POST', `/api/2.0/mlflow-artifacts/mpu/${verb}/${encode(name)}`, body, { 'content-type': 'application/json' })
          assert(refused.includes(status), `${verb} ${path}: ${status}`)
        }
      }
      await mineIsThere()
    })

    test('neither reads, lists, packs, writes nor deletes below a run, model or version', async () => {
      server.uris.set('m-1', `mlflow-artifacts:/1/${runId}/artifacts`)
      server.uris.set('model/1', `mlflow-artifacts:/1/${runId}/artifacts`)
      for (const name of names()) {
        const path = encode(name)
        for (const url of [
          `/get-artifact?run_id=${runId}&path=${path}`, `/model-versions/get-artifact?name=model&version=1&path=${path}`, `/api/2.0/mlflow/artifacts/list?run_id=${runId}&path=${path}`,
          `/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=${path}`, `/api/2.0/mlflow/logged-models/m-1/artifacts/directories?artifact_directory_path=${path}`,
          `/api/cairn/v1/runs/${runId}/artifacts.zip?path=${path}`,
        ]) {
          const answer = await raw('GET', url)
          assert(!answer.text.includes(secret) && !answer.text.includes('"passwd"'), url)
          if (!name.startsWith('.')) assert(refused.includes(answer.status), `${url}: ${answer.status}`)
        }
        assert.equal((await raw('POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=${path}`, 'evil')).status, 400, path)
        assert((refused).includes((await raw('DELETE', `/api/cairn/v1/runs/${runId}/artifacts/${path}`)).status), path)
      }
      await mineIsThere()
    })
  })
}

test('bytes that a lenient decoder would read as dots are refused', async () => {
  for (const name of overlong) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await raw(method, `/api/2.0/mlflow-artifacts/artifacts/${name}`, method === 'PUT' ? 'x' : undefined)
      assert([400, 404].includes(status), `${method} ${name}: ${status}`)
    }
  }
})

test('plain dot segments in the request line stay inside the route', async () => {
  for (const path of ['/api/2.0/mlflow-artifacts/artifacts/../../../../etc/passwd', '/api/2.0/mlflow-artifacts/artifacts/./x', '/api/2.0/mlflow-artifacts/artifacts//etc/passwd']) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const { status } = await raw(method, path, method === 'PUT' ? 'x' : undefined)
      assert([400, 404, 405].includes(status), `${method} ${path}: ${status}`)
    }
  }
})

test('deleting `.`, nothing or the root removes nothing', async () => {
  for (const name of ['.', './', '%2e', '%252e', '', '/', '%2f', './.', '.%2f', '%2e%2f%2e', '//']) {
    const { status } = await raw('DELETE', `/api/2.0/mlflow-artifacts/artifacts/${name}`)
    assert([400, 404, 405].includes(status), `${name}: ${status}`)
  }
  await mineIsThere()
})

describe('a location that a user chose', () => {
  const locations = (): string[] => [
    outside, `${outside}/`, `file://${outside}`, `file:${outside}`, `FILE://${outside}`, `file://localhost${outside}`, `file://127.0.0.1${outside}`, `file:///proc/self/root${outside}`, `//proc/self/root${outside}`, `/${outside}`,
    `${server.destination}/..`, `${server.destination}/../../${outside}`, `file://${server.destination}/%2e%2e/%2e%2e`, `${server.destination}%2f..`, `${server.destination}-evil`,
    `mlflow-artifacts:/../../${outside}`, `mlflow-artifacts:${up}${outside}`, `mlflow-artifacts:/%2e%2e/%2e%2e${outside}`, `mlflow-artifacts:/%252e%252e/${outside}`, `mlflow-artifacts:/x;/../..${outside}`,
    `mlflow-artifacts:/x?/../../..${outside}`, `mlflow-artifacts:/x#/../../..${outside}`, `mlflow-artifacts://evil.example/1/${runId}/artifacts`, `mlflow-artifacts:/C:${outside}`, 'mlflow-artifacts:/..\\..\\x',
    `http://${server.host}/api/2.0/mlflow-artifacts/artifacts/../../..${outside}`, `http://evil.example/api/2.0/mlflow-artifacts/artifacts/1/${runId}/artifacts`, `http://${server.host}/api/2.0/mlflow-artifacts/artifacts/%2e%2e${outside}`,
    `..${outside}`, './x', 'x', '', 'C:\\x', '\\\\server\\share', 's3://bucket/x', `s3:${outside}`, `dbfs:${outside}`, `data:${outside}`, `runs:/${runId}`, `local-file://${outside}`, `${outside}?x`, `${outside}#x`, `:${outside}`, 'javascript:x', '\u0000',
  ]

  test('never makes the server list, read, write, delete or pack anything there', async () => {
    for (const uri of locations()) {
      server.uris.set('evil', uri)
      server.uris.set('evil/1', uri)
      for (const [method, url] of [
        ['GET', '/api/2.0/mlflow/artifacts/list?run_id=evil'], ['GET', '/get-artifact?run_id=evil&path=passwd'], ['GET', '/model-versions/get-artifact?name=evil&version=1&path=passwd'],
        ['GET', '/api/2.0/mlflow/logged-models/evil/artifacts/directories'], ['GET', '/ajax-api/2.0/mlflow/logged-models/evil/artifacts/files?artifact_file_path=passwd'],
        ['POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=evil&path=planted'], ['DELETE', '/api/cairn/v1/runs/evil/artifacts/passwd'],
        ['GET', '/api/cairn/v1/runs/evil/artifacts.zip'], ['GET', '/api/cairn/v1/model-versions/artifacts.zip?name=evil&version=1'],
      ] as const) {
        const answer = await raw(method, url, method === 'POST' ? 'evil' : undefined)
        assert.equal(answer.status, 400, `${uri} ${url}: ${answer.text}`)
        // What the server does not serve it does not describe either.
        assert(!answer.text.includes(secret) && !answer.text.includes(server.destination), answer.text)
      }
    }
  })

  test('selects among the folders of the operator, and in them only what is below', async () => {
    for (const uri of [`${server.destination}/1/${runId}/artifacts`, `file://${server.destination}/1/${runId}/artifacts/`, `mlflow-artifacts:///1/${runId}/artifacts`, `mlflow-artifacts://${server.host}/1/${runId}/artifacts`, `http://${server.host}/api/2.0/mlflow-artifacts/artifacts/1/${runId}/artifacts`]) {
      server.uris.set('fine', uri)
      assert.equal((await raw('GET', '/get-artifact?run_id=fine&path=mine.txt')).text, 'mine', uri)
    }
  })
})

test('a symbolic link is followed by no route, for reading, writing or deleting', async () => {
  const root = join(server.destination, '1', runId, 'artifacts')
  await symlink(outside, join(root, 'link'))
  await symlink(join(outside, 'passwd'), join(root, 'file'))
  const proxied = `/api/2.0/mlflow-artifacts/artifacts/1/${runId}/artifacts`
  for (const name of ['link/passwd', 'file', 'link']) {
    for (const [method, url] of [
      ['GET', `${proxied}/${name}`], ['PUT', `${proxied}/${name}`], ['DELETE', `${proxied}/${name}`], ['GET', `/get-artifact?run_id=${runId}&path=${name}`],
      ['POST', `/ajax-api/2.0/mlflow/upload-artifact?run_uuid=${runId}&path=${name}`], ['DELETE', `/api/cairn/v1/runs/${runId}/artifacts/${name}`], ['GET', `/api/cairn/v1/runs/${runId}/artifacts.zip?path=${name}`],
    ] as const) {
      const answer = await raw(method, url, method === 'GET' || method === 'DELETE' ? undefined : 'evil')
      assert.deepEqual([url, answer.status], [url, 400])
    }
  }
  assert.equal((await raw('PUT', `${proxied}/link/planted`, 'evil')).status, 400)
  assert(!(await raw('GET', `/api/2.0/mlflow/artifacts/list?run_id=${runId}`)).text.includes('link'))
  const packed = await raw('GET', `/api/cairn/v1/runs/${runId}/artifacts.zip`)
  assert(packed.status === 200 && !packed.text.includes(secret) && !packed.text.includes('link'))
  // The folder around it may go; the link goes with it, its target does not.
  assert.equal((await raw('DELETE', `/api/2.0/mlflow-artifacts/artifacts/1/${runId}`)).status, 200)
  assert.equal(await readFile(join(outside, 'passwd'), 'utf8'), secret)
  await mkdir(root, { recursive: true })
})

test('the store\'s workplace is reachable by no name', async () => {
  const begun = JSON.parse((await raw('POST', '/api/2.0/mlflow-artifacts/mpu/create/1', '{"path":"x","num_parts":1}', { 'content-type': 'application/json' })).text) as { upload_id: string }
  for (const name of [`.cairn-store/multipart/${begun.upload_id}/upload.json`, `.CAIRN-STORE/multipart/${begun.upload_id}`, `%2ecairn-store%2fmultipart`]) {
    for (const method of ['GET', 'PUT', 'DELETE']) assert.equal((await raw(method, `/api/2.0/mlflow-artifacts/artifacts/${name}`, method === 'PUT' ? 'x' : undefined)).status, 400)
  }
  assert(!(await raw('GET', '/api/2.0/mlflow-artifacts/artifacts')).text.includes('cairn-store'))
})

async function mineIsThere(): Promise<void> {
  assert.equal(await readFile(join(server.destination, '1', runId, 'artifacts', 'mine.txt'), 'utf8'), 'mine')
}
