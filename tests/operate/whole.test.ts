/** docs/operate.md, "All of it, for a team", as somebody does it who reads it: only names of machines and secrets are put in. */
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { installDebianPackages } from '../../tools/debian.ts'
import { s3Credentials, startS3 } from '../../tools/object-stores.ts'
import { startPostgres } from '../../tools/postgres.ts'
import { endProcess, freePort } from '../../tools/processes.ts'
import { pythonForTests } from '../../tools/setup-python.ts'
import { startProvider } from '../auth/provider.ts'
import { tempFolder } from './command-line.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const program = fileURLToPath(new URL('../../packages/cli/bin/', import.meta.url))

/** The blocks of commands of that section: the file, a server by hand, the services, the client. */
function written(): string[] {
  const section = /\n## All of it, for a team\n([\s\S]*?)\n## /.exec(read('docs/operate.md'))![1]!
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text!)
}

function nginxProgram(): string {
  const found = () => ['nginx', '/usr/sbin/nginx'].find((path) => spawnSync(path, ['-v']).status === 0)
  const path = found() ?? (installDebianPackages(['nginx-light']) ? found() : undefined)
  if (path === undefined) throw new Error('The tests need nginx.\nOn Debian or Ubuntu: apt install nginx-light')
  return path
}

test('from nothing to two servers behind TLS with single sign-on, by the commands of docs/operate.md; one of the servers may go', async () => {
  using folder = tempFolder()
  await using postgres = await startPostgres()
  await using s3 = await startS3(['models'])
  await using provider = await startProvider({ client_id: 'cairn', client_secret: 'known to both' })
  const [port, one, two] = [await freePort(), await freePort(), await freePort()]
  const name = `localhost:${port}`
  const [file = '', byHand = '', services = '', client = ''] = written()

  // Whatever a person puts in for their own names and secrets.
  const own: Record<string, string> = {
    MLFLOW_BACKEND_STORE_URI: postgres.uri, MLFLOW_S3_ENDPOINT_URL: s3.url, ...s3Credentials, CAIRN_OIDC_ISSUER: provider.issuer, CAIRN_OIDC_CLIENT_SECRET: 'known to both',
    MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY: 'dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtbG9uZyE=',
  }
  const env = file.replace(/^(\w+)=.*$/gm, (line, key: string) => (own[key] === undefined ? line : `${key}='${own[key]}'`)).replaceAll('cairn.example.com', name)
  assert.ok(!/…|example\.com/.test(env), env)
  writeFileSync(join(folder.path, 'cairn.env'), env, { mode: 0o600 })
  const here = (text: string): string => text.replaceAll('/etc/cairn', folder.path).replaceAll('/var/lib', folder.path).replace('--port 5000', `--port ${one}`).replaceAll('cairn.example.com', name)
  const bare = { PATH: `${program}:${process.env['PATH'] ?? ''}`, HOME: folder.path, MLFLOW_LOGGING_LEVEL: 'ERROR' }
  const running: ChildProcess[] = []
  const start = (commands: string, env: Record<string, string> = bare): ChildProcess => {
    const child = spawn('sh', ['-e', '-c', here(commands).replace(/^(?=cairn |\/)/m, 'exec ')], { cwd: folder.path, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.push(child)
    return child
  }
  try {
    const servers = [start(byHand)]
    await printed(servers[0]!, /set-up\?token=/)
    // The other as systemd would: from the unit, as the command of the guide makes it, and the variables of the file.
    assert.match(services, /systemctl enable --now cairn@5000 cairn@5001\n/)
    const copied = spawnSync('sh', ['-e', '-c', services.split('\n')[0]!.replace('/etc/systemd/system', folder.path)], { cwd: root, env: bare, encoding: 'utf8' })
    assert.equal(copied.status, 0, copied.stderr)
    const unit = readFileSync(join(folder.path, 'cairn@.service'), 'utf8').replaceAll('%i', String(two))
    const told = Object.fromEntries([...env.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!.replace(/^'(.*)'$/, '$1')]))
    servers.push(start(/^ExecStart=(.*)$/m.exec(unit)![1]!, { ...bare, ...told }))
    await printed(servers[1]!, /https?:\/\//)

    // Nginx, with the given file.
    mkdirSync(join(folder.path, 'logs'))
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
      '-keyout', join(folder.path, 'cairn.key'), '-out', join(folder.path, 'cairn.pem')])
    assert.equal(made.status, 0, String(made.stderr))
    const ca = readFileSync(join(folder.path, 'cairn.pem'), 'utf8')
    const site = read('deploy/nginx/cairn.conf').replace('server 127.0.0.1:5000;', `server 127.0.0.1:${one};\n  server 127.0.0.1:${two};`).replace('listen 443', `listen 127.0.0.1:${port}`)
      .replace('server_name cairn.example.com', 'server_name localhost').replaceAll('/etc/nginx/tls', folder.path)
    writeFileSync(join(folder.path, 'nginx.conf'), `daemon off; pid ${folder.path}/nginx.pid; error_log ${folder.path}/logs/error.log; events {}
http { access_log off; client_body_temp_path ${folder.path}/body; proxy_temp_path ${folder.path}/proxy; fastcgi_temp_path ${folder.path}/f; uwsgi_temp_path ${folder.path}/u; scgi_temp_path ${folder.path}/s;
${site}
}`)
    running.push(spawn(nginxProgram(), ['-p', folder.path, '-c', join(folder.path, 'nginx.conf')], { stdio: 'ignore' }))

    const ask = async (method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<{ status: number; headers: Record<string, string | string[] | undefined>; text: string }> => {
      const sent = request({ host: '127.0.0.1', servername: 'localhost', port, path, method, ca, agent: false, headers: { host: name, ...headers } })
      sent.end(body)
      const [response] = await once(sent, 'response') as [import('node:http').IncomingMessage]
      let text = ''
      for await (const piece of response.setEncoding('utf8')) text += piece as string
      return { status: response.statusCode!, headers: response.headers, text }
    }
    for (const until = Date.now() + 60_000; ;) {
      if (await ask('GET', '/mlops/ready').then(({ status }) => status === 200, () => false)) break
      assert.ok(Date.now() < until, 'nginx does not answer')
      await delay(100)
    }

    // A person comes, through whichever server is next.
    const browser = { accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }
    const cookies = (answer: Awaited<ReturnType<typeof ask>>) => [answer.headers['set-cookie'] ?? []].flat().map((cookie) => cookie.split(';')[0]!).join('; ')
    const away = await ask('GET', '/mlops/sign-in/oidc', browser)
    assert.equal(away.status, 303, away.text)
    const back = await provider.visit(String(away.headers['location']), { sub: 'ada', preferred_username: 'ada', groups: ['platform'] })
    assert.ok(back.startsWith(`https://${name}/mlops/sign-in/oidc/callback`), back)
    const come = await ask('GET', new URL(back).pathname + new URL(back).search, { ...browser, cookie: cookies(away) })
    assert.equal(come.status, 303, come.text)
    const session = { cookie: cookies(come), 'sec-fetch-site': 'same-origin', origin: `https://${name}` }
    assert.match(session.cookie, /__Host-cairn_session=/)
    for (const _ of servers) assert.match((await ask('GET', '/mlops/api/2.0/mlflow/users/current', session)).text, /"is_admin":true/)
    const token = await ask('POST', '/mlops/api/cairn/v1/tokens', { ...session, 'content-type': 'application/json' }, JSON.stringify({ name: 'laptop', scopes: ['write'] }))
    assert.equal(token.status, 200, token.text)
    const secret = /cairn_[\w-]+/.exec(token.text)![0]

    // Programs, with the exports of the last block.
    const trusted = { ...bare, NODE_EXTRA_CA_CERTS: join(folder.path, 'cairn.pem'), REQUESTS_CA_BUNDLE: join(folder.path, 'cairn.pem') }
    const exports = /export .*/.exec(here(client))![0].replace('cairn_…', secret)
    const python = `
import mlflow
mlflow.set_experiment("team")
with mlflow.start_run() as run:
    mlflow.log_metric("loss", 0.5)
    mlflow.log_text("hello", "greeting.txt")
print(run.info.run_id)
`
    const sh = async (command: string) => (await promisify(execFile)('sh', ['-e', '-c', `${exports}\n${command}`], { cwd: folder.path, env: trusted, timeout: 120_000 })).stdout
    writeFileSync(join(folder.path, 'train.py'), python)
    const run_id = (await sh(`${await pythonForTests()} train.py`)).trim().split('\n').at(-1)!
    assert.match(run_id, /^[0-9a-f]{32}$/)
    assert.match(await sh(/^cairn experiments.*/m.exec(client)![0]), /team/)

    // One of the servers is replaced: everybody goes on with the other.
    await endProcess(servers[0]!, 'SIGTERM')
    const greeting = await ask('GET', `/mlops/get-artifact?run_uuid=${run_id}&path=greeting.txt`, session)
    assert.deepEqual([greeting.status, greeting.text], [200, 'hello'])
    for (let at = 0; at < 4; at += 1) assert.equal((await ask('GET', `/mlops/api/2.0/mlflow/runs/get?run_id=${run_id}`, { authorization: `Bearer ${secret}` })).status, 200)
  } finally {
    for (const child of running.toReversed()) await endProcess(child, 'SIGTERM')
  }
})

/** Waits until a program has said something; what it said instead is in the error. */
async function printed(child: ChildProcess, words: RegExp): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += String(chunk)
      if (words.test(said)) resolve()
    }
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
    child.once('exit', (code) => reject(new Error(`It ended with ${code}:\n${said}`)))
  })
}
