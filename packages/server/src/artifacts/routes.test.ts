import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { artifactServer, runId, type ArtifactServer } from './testing.ts'

let server: ArtifactServer
before(async () => { server = await artifactServer() })
after(async () => {
  assert.deepEqual(server.errors, [])
  await server[Symbol.asyncDispose]()
})

const json = { 'content-type': 'application/json' }
const put = (path: string, body: string, headers: Record<string, string> = {}) => fetch(`${server.proxied}/${path}`, { method: 'PUT', body, headers })
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.proxied}/${path}`, { headers })
const body = async (response: Response): Promise<unknown> => ({ status: response.status, ...await response.json() as object })
const filesOnDisk = async (): Promise<string[]> => (await readdir(server.destination, { recursive: true, withFileTypes: true })).filter((dirent) => dirent.isFile()).map((dirent) => join(dirent.parentPath, dirent.name).slice(server.destination.length + 1))

describe('the proxy', () => {
  test('stores, answers, lists and deletes as MLflow does', async () => {
    const stored = await put('1/r/artifacts/model/MLmodel', 'flavors: {}')
    assert.deepEqual([stored.status, await stored.text()], [200, ''])
    await put('1/r/artifacts/a.txt', 'a')
    const answer = await get('1/r/artifacts/model/MLmodel')
    assert.equal(await answer.text(), 'flavors: {}')
    assert.equal(answer.headers.get('content-type'), 'text/plain')
    assert.equal(answer.headers.get('content-disposition'), 'attachment; filename=MLmodel')
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff')
    assert.match(answer.headers.get('content-security-policy')!, /^sandbox/)
    assert.equal(answer.headers.get('etag'), stored.headers.get('etag'))
    assert.deepEqual(await (await fetch(`${server.proxied}?path=1/r/artifacts`)).json(), { files: [{ path: 'a.txt', is_dir: false, file_size: 1 }, { path: 'model', is_dir: true }] })
    assert.deepEqual(await (await fetch(`${server.proxied}?path=1/r/artifacts/a.txt`)).json(), {})
    assert.deepEqual(await (await fetch(`${server.proxied}?path=absent`)).json(), {})
    assert.deepEqual(await body(await fetch(`${server.proxied}/1/r/artifacts/model`, { method: 'DELETE' })), { status: 200 })
    assert.deepEqual(await body(await fetch(`${server.proxied}/1/r/artifacts/model`, { method: 'DELETE' })), { status: 200 })
    const { error_code, message, status } = await body(await get('1/r/artifacts/model/MLmodel')) as Record<string, unknown>
    assert.deepEqual([status, error_code, message], [404, 'RESOURCE_DOES_NOT_EXIST', "No such artifact: '1/r/artifacts/model/MLmodel'"])
  })

  test('answers 400 for a directory, for a name that ends in a slash and for no name', async () => {
    await put('dir/x', '1')
    assert.match(JSON.stringify(await body(await get('dir'))), /"status":400.*refers to a directory, not a file: 'dir'/)
    assert.match(JSON.stringify(await body(await put('dir/y/', '1'))), /"status":400.*must include a filename/)
    assert.equal((await put('', '1')).status, 400)
    assert.equal((await put('dir', '1')).status, 400)
    assert.equal((await put('dir/x/below', '1')).status, 400)
  })

  test('tells of names in any script, and of names with quotes, in headers that HTTP allows', async () => {
    for (const [name, expected] of [
      ['größe.csv', "attachment; filename=groe.csv; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv"], ['日本語', "attachment; filename=download; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E"],
      ['a "b".txt', 'attachment; filename="a \\"b\\".txt"'],
    ] as const) {
      await put(`n/${encodeURIComponent(name)}`, 'x')
      const answer = await get(`n/${encodeURIComponent(name)}`)
      // `ö` is o with dots, so it stays as o; `ß` has no such form.
      assert.equal(answer.headers.get('content-disposition'), expected)
    }
  })

  test('keeps what HTML and SVG would do to itself', async () => {
    for (const name of ['x.html', 'x.svg', 'x.xhtml']) {
      await put(`active/${name}`, '<script>alert(1)</script>')
      const { headers } = await get(`active/${name}`)
      assert.match(headers.get('content-disposition')!, /^attachment/)
      assert.match(headers.get('content-security-policy')!, /sandbox/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
    }
  })

  test('answers a file of many pieces with the very same bytes, also to a slow reader', async () => {
    const content = Buffer.from(Array.from({ length: 3_000_017 }, (_, n) => (n * 7 + (n >> 9)) & 255))
    await fetch(`${server.proxied}/pieces/x.bin`, { method: 'PUT', body: content })
    await put('pieces/note.txt', 'n'.repeat(100_000))
    for (const range of [undefined, 'bytes=100000-2900000']) {
      const answer = await get('pieces/x.bin', range === undefined ? {} : { range })
      const pieces: Uint8Array[] = []
      for await (const piece of answer.body!) {
        pieces.push(piece)
        if (pieces.length % 16 === 1) await sleep(2)
      }
      assert(Buffer.concat(pieces).equals(range === undefined ? content : content.subarray(100_000, 2_900_001)))
    }
  })

  test('answers HEAD like GET without the body', async () => {
    await put('head.bin', 'x'.repeat(1000))
    const answer = await fetch(`${server.proxied}/head.bin`, { method: 'HEAD' })
    assert.deepEqual([answer.status, answer.headers.get('content-length'), answer.headers.get('accept-ranges'), await answer.text()], [200, '1000', 'bytes', ''])
  })

  test('answers byte ranges', async () => {
    await put('range.txt', '0123456789')
    const ranges: [string, number, string, string | null][] = [
      ['bytes=2-4', 206, '234', 'bytes 2-4/10'], ['bytes=7-', 206, '789', 'bytes 7-9/10'], ['bytes=-3', 206, '789', 'bytes 7-9/10'],
      ['bytes=0-0', 206, '0', 'bytes 0-0/10'], ['bytes=5-99', 206, '56789', 'bytes 5-9/10'], ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
      ['bytes=4-2', 200, '0123456789', null], ['bytes=0-1,4-5', 200, '0123456789', null], ['lines=1-2', 200, '0123456789', null], ['bytes=-', 200, '0123456789', null],
    ]
    for (const [range, status, text, contentRange] of ranges) {
      const answer = await get('range.txt', { range })
      assert.deepEqual([range, answer.status, await answer.text(), answer.headers.get('content-range')], [range, status, text, contentRange])
    }
    for (const range of ['bytes=10-', 'bytes=11-12', 'bytes=-0']) {
      const answer = await get('range.txt', { range })
      assert.deepEqual([answer.status, answer.headers.get('content-range')], [416, 'bytes */10'], range)
    }
  })

  test('answers an empty file, and no range of it', async () => {
    await put('empty', '')
    const answer = await get('empty')
    assert.deepEqual([answer.status, answer.headers.get('content-length'), await answer.text()], [200, '0', ''])
    assert.equal((await get('empty', { range: 'bytes=0-' })).status, 416)
  })

  test('spares the client what it has already, and never mixes two versions of a file', async () => {
    const etag = (await put('etag.txt', 'first')).headers.get('etag')!
    const modified = (await get('etag.txt')).headers.get('last-modified')!
    const same = await get('etag.txt', { 'if-none-match': `"other", W/${etag}` })
    assert.deepEqual([same.status, await same.text(), same.headers.get('etag')], [304, '', etag])
    assert.equal((await get('etag.txt', { 'if-modified-since': modified })).status, 304)
    assert.equal((await get('etag.txt', { 'if-none-match': '"other"', 'if-modified-since': modified })).status, 200)
    assert.equal((await get('etag.txt', { range: 'bytes=1-', 'if-range': etag })).status, 206)
    assert.equal((await get('etag.txt', { 'if-match': '"other"' })).status, 412)
    const next = (await put('etag.txt', 'newer')).headers.get('etag')!
    assert.notEqual(next, etag)
    const whole = await get('etag.txt', { range: 'bytes=1-', 'if-range': etag })
    assert.deepEqual([whole.status, await whole.text()], [200, 'newer'])
    assert.equal((await get('etag.txt', { 'if-match': next, range: 'bytes=-1' })).status, 206)
  })

  test('stores only over what the client knows, when it says so', async () => {
    assert.equal((await put('new.txt', '1', { 'if-none-match': '*' })).status, 200)
    assert.equal((await put('new.txt', '2', { 'if-none-match': '*' })).status, 412)
    assert.equal((await put('new.txt', '2', { 'if-match': '"x"' })).status, 412)
    assert.equal(await (await get('new.txt')).text(), '1')
  })

  test('leaves nothing of an upload whose client goes away', async () => {
    const before = await filesOnDisk()
    const socket = connect(server.port, '127.0.0.1')
    socket.write(`PUT /api/2.0/mlflow-artifacts/artifacts/broken.bin HTTP/1.1\r\nhost: ${server.host}\r\ncontent-length: 5000000\r\n\r\n`)
    socket.write(Buffer.alloc(2_000_000))
    for (let n = 0; n < 200 && (await filesOnDisk()).length === before.length; n += 1) await sleep(5)
    assert.equal((await filesOnDisk()).length, before.length + 1)
    socket.destroy()
    await once(socket, 'close')
    for (let n = 0; n < 200 && (await filesOnDisk()).length > before.length; n += 1) await sleep(5)
    assert.deepEqual(await filesOnDisk(), before)
    assert.equal((await get('broken.bin')).status, 404)
  })

  test('serves under every prefix of MLflow\'s API', async () => {
    await put('prefix.txt', 'x')
    for (const prefix of ['/api/2.0', '/api/3.0', '/ajax-api/2.0', '/ajax-api/3.0']) {
      assert.equal((await server.fetch(`${prefix}/mlflow-artifacts/artifacts/prefix.txt`)).status, 200)
    }
  })

  test('answers 503 to everything when artifacts are not served', async () => {
    await using off = await artifactServer({ settings: { serve: false } })
    for (const [method, path] of [['GET', '/artifacts'], ['GET', '/artifacts/x'], ['PUT', '/artifacts/x'], ['DELETE', '/artifacts/x'], ['GET', '/presigned/x'], ['PUT', '/mpu/part/x/1']]) {
      const answer = await fetch(`${off.url}/api/2.0/mlflow-artifacts${path}`, { method: method!, ...(method === 'PUT' && { body: 'x' }) })
      assert.equal(answer.status, 503)
      assert.match(await answer.text(), /--no-serve-artifacts/)
    }
    assert.match(JSON.stringify(await (await off.fetch(`/api/2.0/mlflow/artifacts/list?run_id=${runId}`)).json()), /'mlflow-artifacts' location that this server does not serve/)
  })

  test('refuses what is over the operator\'s limit, before and while it arrives', async () => {
    await using small = await artifactServer({ uploadLimit: 1000 })
    const url = `${small.proxied}/x`
    assert.equal((await fetch(url, { method: 'PUT', body: 'x'.repeat(1001) })).status, 413)
    const chunked = new ReadableStream({ start(controller) { controller.enqueue(Buffer.alloc(1500)); controller.close() } })
    assert.equal((await fetch(url, { method: 'PUT', body: chunked, duplex: 'half' } as RequestInit)).status, 413)
    assert.equal((await fetch(url)).status, 404)
    assert.equal((await fetch(url, { method: 'PUT', body: 'x'.repeat(1000) })).status, 200)
  })
})

describe('artifacts of a run', () => {
  const run = `/api/2.0/mlflow/artifacts/list?run_id=${runId}`

  test('are listed relative to the run, with its root', async () => {
    const root = `1/${runId}/artifacts`
    assert.deepEqual(await (await server.fetch(run)).json(), { root_uri: `mlflow-artifacts:/${root}` })
    await put(`${root}/model/x.pkl`, '123')
    await put(`${root}/b`, '')
    assert.deepEqual(await (await server.fetch(run)).json(), { root_uri: `mlflow-artifacts:/${root}`, files: [{ path: 'b', is_dir: false, file_size: 0 }, { path: 'model', is_dir: true }] })
    for (const path of ['model', 'model/', './model', 'model%2f.']) {
      assert.deepEqual((await (await server.fetch(`${run}&path=${path}`)).json() as { files: unknown }).files, [{ path: 'model/x.pkl', is_dir: false, file_size: 3 }], path)
    }
    assert.equal((await server.fetch(`${run.replace(runId, 'b'.repeat(32))}`)).status, 404)
  })

  test('are downloaded by run and by model, with MLflow\'s words for what is not there', async () => {
    server.uris.set('m-1', `mlflow-artifacts:/1/${runId}/artifacts/model`)
    server.uris.set('churn/1', `mlflow-artifacts:/1/${runId}/artifacts/model`)
    for (const path of [`/get-artifact?run_id=${runId}&path=model/x.pkl`, `/get-artifact?run_uuid=${runId}&path=model/x.pkl`, '/model-versions/get-artifact?name=churn&version=1&path=x.pkl', '/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files?artifact_file_path=x.pkl']) {
      const answer = await server.fetch(path)
      assert.deepEqual([answer.status, await answer.text()], [200, '123'], path)
    }
    assert.match(await (await server.fetch(`/get-artifact?run_id=${runId}&path=~/x`)).text(), new RegExp(`No such artifact: '1/${runId}/artifacts/~/x'`))
    assert.match(await (await server.fetch('/ajax-api/2.0/mlflow/logged-models/m-1/artifacts/files')).text(), /BAD_REQUEST.*artifact_file_path/)
    assert.deepEqual(await (await server.fetch('/api/2.0/mlflow/logged-models/m-1/artifacts/directories')).json(), { root_uri: `mlflow-artifacts:/1/${runId}/artifacts/model`, files: [{ path: 'x.pkl', is_dir: false, file_size: 3 }] })
  })

  test('are uploaded by the page up to 10 MB and never empty', async () => {
    const upload = (path: string, data: string | Buffer, query = `run_uuid=${runId}&`) => server.fetch(`/ajax-api/2.0/mlflow/upload-artifact?${query}path=${path}`, { method: 'POST', body: data })
    assert.deepEqual([(await upload('page/x.txt', 'hello')).status, await (await server.fetch(`/get-artifact?run_id=${runId}&path=page/x.txt`)).text()], [200, 'hello'])
    assert.deepEqual(server.changes.at(-1), { kind: 'put', runId, path: 'page/x.txt', size: 5 })
    for (const [answer, message] of [
      [upload('y', Buffer.alloc(10 * 1024 * 1024 + 1)), 'Artifact size is too large. Max size is 10MB.'], [upload('y', ''), 'Request must specify data.'],
      [upload('', 'x'), 'Request must specify path.'], [upload('y', 'x', ''), 'Request must specify run_uuid.'], [upload('../y', 'x'), 'Invalid path'],
    ] as const) assert.deepEqual(await body(await answer), { status: 400, error_code: 'INVALID_PARAMETER_VALUE', sqlstate: 'KAM00', error_class: 'INVALID_PARAMETER_VALUE', message })
    assert.equal((await upload('max', Buffer.alloc(10 * 1024 * 1024))).status, 200)
  })

  test('are deleted through our own API, but never all of a run or outside it', async () => {
    const own = `/api/cairn/v1/runs/${runId}/artifacts`
    assert.equal((await server.fetch(`${own}/page`, { method: 'DELETE' })).status, 200)
    assert.equal((await server.fetch(`/get-artifact?run_id=${runId}&path=page/x.txt`)).status, 404)
    assert.deepEqual(server.changes.at(-1), { kind: 'delete', runId, path: 'page' })
    for (const path of ['', '%2e', '..%2f..', '%252e%252e']) assert.equal((await server.fetch(`${own}/${path}`, { method: 'DELETE' })).status, 400, path)
    assert.equal((await server.fetch(`/get-artifact?run_id=${runId}&path=b`)).status, 200)
  })

  test('come as a ZIP archive by folder, which Python opens', async () => {
    const list = async (path: string): Promise<unknown> => {
      const answer = await server.fetch(path)
      assert.equal(answer.status, 200, path)
      const file = join(server.folder, 'a.zip')
      await writeFile(file, Buffer.from(await answer.arrayBuffer()))
      const { stdout } = await promisify(execFile)('python3', ['-c', 'import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({i.filename: i.file_size for i in z.infolist()}))', file])
      return JSON.parse(stdout)
    }
    assert.deepEqual(await list(`/api/cairn/v1/runs/${runId}/artifacts.zip`), { b: 0, max: 10 * 1024 * 1024, 'model/x.pkl': 3 })
    assert.deepEqual(await list(`/api/cairn/v1/runs/${runId}/artifacts.zip?path=model`), { 'x.pkl': 3 })
    assert.deepEqual(await list('/api/cairn/v1/logged-models/m-1/artifacts.zip'), { 'x.pkl': 3 })
    assert.deepEqual(await list('/api/cairn/v1/model-versions/artifacts.zip?name=churn&version=1'), { 'x.pkl': 3 })
    server.uris.set('fresh', 'mlflow-artifacts:/1/fresh/artifacts')
    assert.deepEqual(await list('/api/cairn/v1/runs/fresh/artifacts.zip'), {})
    assert.equal((await server.fetch(`/api/cairn/v1/runs/${runId}/artifacts.zip?path=absent`)).status, 404)
    assert.equal((await server.fetch(`/api/cairn/v1/runs/${runId}/artifacts.zip?path=b`)).status, 400)
  })

  test('in a folder of the operator are served from there without the proxy', async () => {
    await using local = await artifactServer({ settings: { serve: false, defaultRoot: join(server.folder, 'shared') } })
    const root = join(server.folder, 'shared', '1', runId, 'artifacts')
    await mkdir(root, { recursive: true })
    await writeFile(join(root, 'x.txt'), 'shared')
    for (const uri of [root, `file://${root}`, `file://localhost${root}`]) {
      local.uris.set(runId, uri)
      assert.deepEqual(await (await local.fetch(run)).json(), { root_uri: uri, files: [{ path: 'x.txt', is_dir: false, file_size: 6 }] })
      assert.equal(await (await local.fetch(`/get-artifact?run_id=${runId}&path=x.txt`)).text(), 'shared')
    }
    assert.match(await (await local.fetch(`/get-artifact?run_id=${runId}&path=y`)).text(), /No such artifact: 'y'/)
  })

  test('have no URLs of their own at a local storage', async () => {
    const ask = (what: string, data: object) => server.fetch(`/api/2.0/mlflow/artifacts/presigned-${what}-url`, { method: 'POST', headers: json, body: JSON.stringify(data) }).then(body) as Promise<{ status: number; message: string }>
    assert.match((await ask('upload', { path: 'x' })).message, /^Exactly one of run_id and model_id must be provided\.$/)
    assert.match((await ask('upload', { path: 'x', run_id: runId })).message, /^Presigned upload is not supported for proxied artifact storage \(artifact URI scheme: mlflow-artifacts\)/)
    assert.match((await ask('download', { path: 'x', run_id: runId, expiration: 604801 })).message, /^expiration must be between 1 and 604800 seconds \(got 604801\)\.$/)
    assert.match((await ask('download', { path: 'x', run_id: runId })).message, /^Presigned download is not supported for runs with proxied/)
    server.uris.set('local', '/srv/x')
    assert.equal((await ask('upload', { path: 'x', run_id: 'local' })).status, 501)
    assert.equal((await ask('download', { path: 'x', run_id: 'local' })).status, 501)
    assert.deepEqual(await body(await server.fetch('/api/2.0/mlflow-artifacts/presigned/x')), { status: 501, error_code: 'NOT_IMPLEMENTED', message: 'Multipart download is not supported for the current artifact repository' })
  })
})

describe('an upload in parts', () => {
  const base = '/api/2.0/mlflow-artifacts/mpu'
  const post = async (verb: string, folder: string, data: object): Promise<Record<string, any>> => await body(await server.fetch(`${base}/${verb}/${folder}`, { method: 'POST', headers: json, body: JSON.stringify(data) })) as Record<string, unknown>

  test('goes on where it broke off and becomes the artifact', async () => {
    const begun = await post('create', 'up/model', { path: 'C:\\Users\\me\\big.bin', num_parts: 3 })
    assert.deepEqual(begun.credentials.map((credential: { part_number: number }) => credential.part_number), [1, 2, 3])
    const etags: string[] = []
    for (const { url, part_number } of begun.credentials.slice(0, 2)) {
      assert(url.startsWith(`${server.url}${base}/part/`))
      etags.push((await fetch(url, { method: 'PUT', body: `part ${part_number};` })).headers.get('etag')!)
    }
    const there = await (await server.fetch(`${base}/parts/${begun.upload_id}`)).json()
    assert.deepEqual(there, { path: 'up/model/big.bin', parts: [{ part_number: 1, etag: etags[0], size: 7 }, { part_number: 2, etag: etags[1], size: 7 }] })
    etags.push((await fetch(begun.credentials[2].url, { method: 'PUT', body: 'end' })).headers.get('etag')!)
    const parts = etags.map((etag, index) => ({ part_number: index + 1, etag, url: begun.credentials[index].url }))
    const end = { path: '/home/me/big.bin', upload_id: begun.upload_id, parts }
    assert.deepEqual([await post('complete', 'up/model', end), await post('complete', 'up/model', end)], [{ status: 200 }, { status: 200 }])
    assert.equal(await (await get('up/model/big.bin')).text(), 'part 1;part 2;end')
    assert.equal((await server.fetch(`${base}/parts/${begun.upload_id}`)).status, 404)
  })

  test('is given up once or twice without an error', async () => {
    const begun = await post('create', 'up', { path: 'x', num_parts: 1 })
    await fetch(begun.credentials[0].url, { method: 'PUT', body: 'x' })
    const data = { path: 'x', upload_id: begun.upload_id }
    assert.equal((await post('abort', 'elsewhere', data)).status, 400)
    assert.deepEqual([await post('abort', 'up', data), await post('abort', 'up', data)], [{ status: 200 }, { status: 200 }])
    assert.equal((await fetch(begun.credentials[0].url, { method: 'PUT', body: 'x' })).status, 404)
    assert.equal((await post('complete', 'up', { ...data, parts: [{ part_number: 1 }] })).status, 404)
  })

  test('refuses names that leave the store and counts beyond measure', async () => {
    for (const [folder, path] of [['..%2f..', 'x'], ['up', '..'], ['up', '/etc/..'], ['up', 'a/%2e%2e%2f%2e%2e%2fx'], ['up', ''], ['up', 'dir/'], ['%2fetc', 'x']] as const) {
      assert.equal((await post('create', folder, { path, num_parts: 1 })).status, 400, `${folder} ${path}`)
    }
    assert.equal((await post('create', 'up', { path: 'x', num_parts: 10_001 })).status, 400)
    assert.equal((await post('create', 'up', { path: 'x', num_parts: -1 })).status, 400)
    assert.equal((await server.fetch(`${base}/part/..%2f..%2fx/1`, { method: 'PUT', body: 'x' })).status, 404)
  })
})
