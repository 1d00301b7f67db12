/** The configuration of deploy/nginx as nginx runs it: TLS, a prefix, live events, large files, accounts. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readConfig } from '@cairn/server/config'
import { startServer, type RunningServer } from '@cairn/server'
import { installDebianPackages } from '../../tools/debian.ts'
import { endProcess, freePort } from '../../tools/processes.ts'

const password = 'correct horse battery'
const given = fileURLToPath(new URL('../../deploy/nginx/cairn.conf', import.meta.url))

function nginxProgram(): string {
  const found = () => ['nginx', '/usr/sbin/nginx'].find((path) => spawnSync(path, ['-v']).status === 0)
  const program = found() ?? (installDebianPackages(['nginx-light']) ? found() : undefined)
  if (program === undefined) throw new Error('The tests need nginx.\nOn Debian or Ubuntu: apt install nginx-light')
  return program
}

describe('behind nginx, with TLS and below a path', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-nginx-'))
  let cairn: RunningServer
  let nginx: ReturnType<typeof spawn>
  let port: number
  let certificate: string
  before(async () => {
    port = await freePort()
    const behind = await freePort()
    mkdirSync(join(folder, 'logs'))
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
      '-keyout', join(folder, 'cairn.key'), '-out', join(folder, 'cairn.pem')])
    assert.equal(made.status, 0, String(made.stderr))
    certificate = readFileSync(join(folder, 'cairn.pem'), 'utf8')
    cairn = await startServer(readConfig({
      flags: { port: String(behind), 'static-prefix': '/mlops', 'app-name': 'basic-auth', 'allowed-hosts': `localhost:${port}`, 'cors-allowed-origins': `https://localhost:${port}` }, cwd: folder,
      env: { MLFLOW_LOGGING_LEVEL: 'ERROR', MLFLOW_AUTH_ADMIN_PASSWORD: password, CAIRN_TRUSTED_PROXIES: '127.0.0.1' },
    }))
    // What an operator fills in, and where nginx may write without being root's.
    const site = readFileSync(given, 'utf8').replace('server 127.0.0.1:5000', `server 127.0.0.1:${behind}`).replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('server_name cairn.example.com', 'server_name localhost').replaceAll('/etc/nginx/tls', folder)
    assert.ok(site.includes(`127.0.0.1:${behind}`) && site.includes(`listen 127.0.0.1:${port}`))
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/logs/error.log; events {}
http { access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
${site}
}`)
    nginx = spawn(nginxProgram(), ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    nginx.stderr!.setEncoding('utf8').on('data', (text: string) => { said += text })
    for (let attempt = 0; ; attempt += 1) {
      if (await ask('GET', '/mlops/health').then(({ status }) => status === 200, () => false)) break
      if (nginx.exitCode !== null || attempt > 200) throw new Error(`nginx did not start: ${said}`)
      await sleep(50)
    }
  })
  after(async () => {
    if (nginx !== undefined) await endProcess(nginx as never, 'SIGTERM')
    await cairn?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`
  const open = async (method: string, path: string, more: RequestOptions = {}, body?: Readable | string) => {
    const sent = request({ host: '127.0.0.1', servername: 'localhost', port, path, method, ca: certificate, ...more, headers: { host: `localhost:${port}`, ...(more.auth !== null && { authorization }), ...more.headers as object } })
    if (body instanceof Readable) body.pipe(sent)
    else sent.end(body)
    const [response] = await once(sent, 'response') as [import('node:http').IncomingMessage]
    return response
  }
  const ask = async (method: string, path: string, more: RequestOptions = {}, body?: Readable | string): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }> => {
    const response = await open(method, path, more, body)
    let text = ''
    for await (const piece of response.setEncoding('utf8')) text += piece as string
    return { status: response.statusCode!, headers: response.headers, text }
  }
  const json = { 'content-type': 'application/json' }

  it('logs and reads below the prefix, and leads to it', async () => {
    assert.deepEqual([(await ask('GET', '/mlops')).status, (await ask('GET', '/mlops')).headers['location']], [308, `https://localhost:${port}/mlops/`])
    const made = await ask('POST', '/mlops/api/2.0/mlflow/experiments/create', { headers: json }, JSON.stringify({ name: 'behind' }))
    assert.equal(made.status, 200, made.text)
    const { experiment_id } = JSON.parse(made.text) as { experiment_id: string }
    assert.match((await ask('GET', `/mlops/api/2.0/mlflow/experiments/get?experiment_id=${experiment_id}`)).text, /"behind"/)
    // A page of another origin is refused, one of ours is not.
    const from = (origin: string) => ask('POST', '/mlops/api/2.0/mlflow/experiments/create', { headers: { ...json, origin } }, JSON.stringify({ name: origin }))
    assert.deepEqual([(await from('https://evil.example')).status, (await from(`https://localhost:${port}`)).status], [403, 200])
  })

  it('signs people in with a cookie that is bound to TLS and to this host', async () => {
    const { status, headers } = await ask('POST', '/mlops/sign-in', { auth: null, headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', origin: `https://localhost:${port}` } }, `username=admin&password=${encodeURIComponent(password)}`)
    assert.equal(status, 303)
    assert.match(String(headers['set-cookie']), /^__Host-cairn_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    const cookie = String(headers['set-cookie']).split(';')[0]!
    const seen = await open('GET', '/mlops/api/2.0/mlflow/users/current', { auth: null, headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    seen.resume()
    assert.equal(seen.statusCode, 200)
  })

  it('goes by the name that it was called by, whatever name a client says that another proxy had', async () => {
    const { text } = await ask('POST', '/mlops/api/2.0/mlflow-artifacts/mpu/create/0', { headers: { ...json, 'x-forwarded-host': 'evil.example' } }, JSON.stringify({ path: 'model.bin', num_parts: 1 }))
    assert.deepEqual([text.includes('evil.example'), text.includes(`https://localhost:${port}/mlops/`)], [false, true], text)
  })

  it('counts wrong passwords by the address that nginx saw, whatever a client says of itself', async () => {
    const seen: number[] = []
    for (let guess = 0; guess < 12; guess += 1) {
      seen.push((await ask('GET', '/mlops/version', { headers: { authorization: `Basic ${Buffer.from(`victim:${guess}`).toString('base64')}`, 'x-forwarded-for': `203.0.113.${guess}` } })).status)
    }
    assert.deepEqual(seen.slice(-2), [429, 429])
  })

  it('passes live events on as they happen', async () => {
    const stream = await open('GET', '/mlops/api/cairn/v1/live')
    assert.equal(stream.statusCode, 200)
    let heard = ''
    stream.setEncoding('utf8').on('data', (text: string) => { heard += text })
    await ask('POST', '/mlops/api/2.0/mlflow/runs/create', { headers: json }, JSON.stringify({ experiment_id: '0', start_time: 1, run_name: 'seen live' }))
    for (let attempt = 0; attempt < 200 && !heard.includes('seen live'); attempt += 1) await sleep(20)
    assert.ok(heard.includes('seen live'))
    stream.destroy()
  })

  it('takes and gives a large file in one stream, which nginx keeps nowhere', async () => {
    const piece = randomBytes(1 << 20)
    const pieces = 200
    const digest = createHash('sha256')
    for (let index = 0; index < pieces; index += 1) digest.update(piece)
    const wanted = digest.digest('hex')
    const path = '/mlops/api/2.0/mlflow-artifacts/artifacts/0/large.bin'
    const put = await ask('PUT', path, { headers: { 'content-type': 'application/octet-stream' } }, Readable.from((function* () { for (let index = 0; index < pieces; index += 1) yield piece })()))
    assert.equal(put.status, 200, put.text)
    const got = createHash('sha256')
    const response = await open('GET', path)
    for await (const bytes of response) got.update(bytes as Buffer)
    assert.equal(got.digest('hex'), wanted)
    assert.equal(readFileSync(join(folder, 'logs/error.log'), 'utf8').includes('temporary file'), false)
  })
})
