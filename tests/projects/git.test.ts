/** Projects from git over https and ssh, as addresses of teams look. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { RunOutcome } from '@cairn/runner'
import { CairnClient } from '@cairn/sdk'
import { startCommandLine, type CommandLine } from '../../packages/cli/src/testing.ts'
import { startTlsFront, type TlsFront } from '../images/tls.ts'
import { scratch } from './scratch.ts'

const { folder, write } = scratch('cairn-git-')
const stack = new AsyncDisposableStack()
let line: CommandLine
let front: TlsFront
let env: NodeJS.ProcessEnv
const git = (cwd: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'init.defaultBranch=main', ...args], { cwd: join(folder, cwd), encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout.trim()
}
before(async () => {
  line = stack.use(await startCommandLine())
  write('repo/sub/MLproject', 'entry_points: {main: {command: "cat text"}}')
  write('repo/sub/text', 'of main\n')
  git('.', 'init', '-q', 'repo')
  git('repo', 'add', '.')
  git('repo', 'commit', '-qm', 'one')
  git('repo', 'tag', 'v1')
  write('repo/sub/text', 'of later\n')
  git('repo', 'commit', '-qam', 'two')
  git('.', 'clone', '-q', '--bare', 'repo', 'served/team/repo.git')

  // Git's own server of repositories, for whoever says the password, behind TLS.
  const http = createServer((request, response) => {
    if (request.headers.authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    const { pathname, search } = new URL(request.url!, 'http://x')
    const backend = spawn('git', ['http-backend'], {
      env: { ...process.env, GIT_PROJECT_ROOT: join(folder, 'served'), GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: pathname, QUERY_STRING: search.slice(1), REQUEST_METHOD: request.method, CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''), REMOTE_USER: 'me' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    backend.stdin.on('error', () => {})
    request.pipe(backend.stdin)
    void (async () => {
      const answer = Buffer.concat(await Array.fromAsync(backend.stdout as AsyncIterable<Buffer>))
      const end = answer.indexOf('\r\n\r\n')
      const headers = answer.subarray(0, end).toString().split('\r\n').map((text) => text.split(/: /, 2) as [string, string])
      response.writeHead(Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10), Object.fromEntries(headers.filter(([name]) => name !== 'Status'))).end(answer.subarray(end + 4))
    })()
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  stack.defer(() => http.closeAllConnections())
  stack.defer(() => void http.close())
  front = stack.use(await startTlsFront((http.address() as AddressInfo).port, join(folder, 'ca.pem')))
  // In place of ssh: notes whom it should ask, and runs here what should run there.
  chmodSync(write('ssh', `#!/bin/sh\necho "$@" >> ${folder}/asked\nfor last; do :; done\ncd ${folder}/served && eval "$last"\n`), 0o755)
  env = { ...process.env, MLFLOW_TRACKING_URI: line.url, CAIRN_QUEUE_DIR: join(folder, 'queue'), GIT_SSL_CAINFO: join(folder, 'ca.pem'), GIT_SSH_COMMAND: join(folder, 'ssh'), GIT_SSH_VARIANT: 'ssh' }
})
after(async () => {
  await stack.disposeAsync()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

async function run(uri: string, ...words: string[]) {
  const { code, out, err } = await line.cairn(['run', uri, '--env-manager', 'local', '--no-system-metrics', '--json', ...words], { env, cwd: folder })
  if (code !== 0) return { code, err, log: '', tags: new Map<string, string>() }
  const client = new CairnClient({ url: line.url })
  const { run_id } = JSON.parse(out) as RunOutcome
  const { data } = await client.runs.get(run_id)
  return { code, err, log: await (await client.artifacts.download(run_id, 'console.log')).text(), tags: new Map((data.tags ?? []).map(({ key, value }) => [key!, value!])) }
}

test('an address of https is fetched with the name and password in it, which nobody is shown', async () => {
  const { code, err, log, tags } = await run(`https://me:secret@${front.host}/team/repo.git#sub`)
  assert.equal(code, 0, err)
  assert.match(log, /of later/)
  assert.equal(tags.get('mlflow.source.git.commit'), git('repo', 'rev-parse', 'HEAD'))
  assert.doesNotMatch(JSON.stringify([err, log, ...tags]), /secret/)
  const wrong = await run(`https://me:wrong@${front.host}/team/repo.git#sub`)
  assert.equal(wrong.code, 1)
  assert.match(wrong.err, /The repository https:\/\/localhost:\d+\/team\/repo\.git cannot be read: [^]*git ls-remote/)
  assert.doesNotMatch(wrong.err, /wrong@/)
})

test('addresses of ssh are asked of their host, as a URL and as scp writes them, in the version that is named', async () => {
  for (const [uri, version, text, asked] of [
    [`ssh://git@git.example.org:2222${folder}/served/team/repo.git#sub`, undefined, /of later/, /-p 2222 git@git\.example\.org git-upload-pack '\/\S+\/team\/repo\.git'/],
    ['git@git.example.org:team/repo.git#sub', 'v1', /of main/, /git@git\.example\.org git-upload-pack 'team\/repo\.git'/],
  ] as const) {
    const { code, err, log, tags } = await run(uri, ...(version === undefined ? [] : ['--version', version]))
    assert.equal(code, 0, err)
    assert.match(log, text)
    assert.match(spawnSync('tail', ['-n', '1', join(folder, 'asked')], { encoding: 'utf8' }).stdout, asked)
    assert.equal(tags.get('mlflow.source.git.commit'), git('repo', 'rev-parse', version ?? 'HEAD'))
  }
  assert.match((await run('git@git.example.org:team/none.git#sub')).err, /cannot be read: .*team\/none\.git' does not appear to be a git repository/)
})
