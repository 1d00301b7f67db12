import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openGate, startHttpServer } from '../platform/http/index.ts'
import { pages } from './pages.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-pages-'))
after(() => rmSync(folder, { recursive: true }))
const script = 'console.log("hello")\n'.repeat(50)
const root = join(folder, 'dist')
mkdirSync(join(root, 'assets'), { recursive: true })
writeFileSync(join(folder, 'secret.txt'), 'secret')
writeFileSync(join(root, 'index.html'), '<!doctype html><base href="/" /><div id="root"></div>')
writeFileSync(join(root, 'sandbox.html'), '<!doctype html><script>1</script>')
writeFileSync(join(root, 'assets', 'index-abc.js'), script)
writeFileSync(join(root, 'assets', 'index-abc.js.gz'), gzipSync(script))
writeFileSync(join(root, 'assets', 'large-abc.mjs.gz'), gzipSync(script))

const quiet = { debug() {}, info() {}, warn() {}, error(message: string, fields?: object) { console.error(message, fields) } }
const serve = (page: ReturnType<typeof pages>, staticPrefix = '') => startHttpServer({
  routes: [], gate: openGate, staticPrefix, bodyLimit: 1024, log: quiet, now: Date.now, page,
  security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
}, { host: '127.0.0.1', port: 0 })
const person = { accept: 'text/html,*/*' }

test('whoever opens the page is heard of, whoever asks for its files or mistypes an endpoint is not', async () => {
  let opened = 0
  await using server = await serve(pages(root, undefined, undefined, () => { opened += 1 }))
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<void> => void await (await fetch(server.url + path, { headers })).text()
  await ask('/assets/index-abc.js')
  await ask('/sandbox.html', person)
  await ask('/runs/abc')
  await ask('/api/nothing', person)
  assert.equal(opened, 0)
  await ask('/runs/abc', person)
  assert.equal(opened, 1)
})

test('every address of the page answers with it, asked for again at each visit', async () => {
  await using server = await serve(pages(root))
  for (const path of ['/', '/experiments/1', '/runs/abc']) {
    const response = await fetch(server.url + path, { headers: person })
    assert.equal(response.status, 200, path)
    assert.match(await response.text(), /id="root"/)
    assert.equal(response.headers.get('cache-control'), 'no-cache')
    const again = await fetch(server.url + path, { headers: { ...person, 'if-none-match': response.headers.get('etag')! } })
    assert.equal(again.status, 304)
  }
})

test('a page that says what its addresses will want has it fetched beside its first script', async () => {
  const built = join(folder, 'built')
  mkdirSync(built)
  writeFileSync(join(built, 'index.html'), '<!doctype html><head><base href="/" /></head><body></body>')
  writeFileSync(join(built, 'preloads.json'), JSON.stringify([{ path: '^/runs/[^/]+', files: ['assets/run-1.js', 'assets/shared-2.js'] }, { path: '^/runs/([\\w-]+)/?$', asks: './api/opening?run_id=$1&format=binary' }]))
  await using server = await serve(pages(built), '/team')
  const text = async (path: string) => (await fetch(server.url + path, { headers: person })).text()
  assert.match(await text('/runs/abc'), /<base href="\/team\/" \/><link rel="modulepreload" crossorigin href=".\/assets\/run-1.js"><link rel="modulepreload" crossorigin href=".\/assets\/shared-2.js"><link rel="preload" as="fetch" crossorigin href=".\/api\/opening\?run_id=abc&amp;format=binary"><\/head>/)
  for (const path of ['/runs/abc/artifacts', '/runs/%22%3E%3Cscript%3E', '/runs/$&']) assert.doesNotMatch(await text(path), /as="fetch"/)
  assert.doesNotMatch(await text('/experiments'), /modulepreload/)
  assert.equal((await fetch(`${server.url}/preloads.json`, { headers: { accept: '*/*' } })).status, 404)
})

test('the policy of the page allows no script or style within it, and framing as the server was told', async () => {
  await using own = await serve(pages(root))
  await using open = await serve(pages(root, 'NONE'))
  const policy = async (url: string) => (await fetch(`${url}/`, { headers: person })).headers.get('content-security-policy')!
  assert.match(await policy(own.url), /^default-src 'self'; .*frame-ancestors 'self', frame-src \*:\*\/sandbox\.html$/)
  assert.doesNotMatch(await policy(own.url), /unsafe/)
  assert.doesNotMatch(await policy(open.url), /frame-ancestors/)
})

test('the theme that was chosen stands in the page, and nothing else that a cookie says', async () => {
  const built = join(folder, 'themed')
  mkdirSync(built)
  writeFileSync(join(built, 'index.html'), '<!doctype html><html lang="en"><head><base href="/" /></head></html>')
  await using server = await serve(pages(built))
  const page = async (cookie: string) => fetch(`${server.url}/runs/abc`, { headers: { ...person, cookie } })
  const dark = await page('other=1; cairn_theme=dark')
  assert.match(await dark.text(), /^<!doctype html><html[^>]* data-theme="dark"/)
  assert.match(dark.headers.get('vary')!, /Cookie/)
  for (const cookie of ['', 'cairn_theme=system', 'cairn_theme="><script>', 'xcairn_theme=dark', 'cairn_theme=darker']) assert.doesNotMatch(await (await page(cookie)).text(), /data-theme/)
})

test('the frame for foreign content has an origin of its own and no network, whatever the server was told of framing', async () => {
  await using server = await serve(pages(root, 'DENY'), '/team')
  for (const headers of [person, { accept: '*/*' }]) {
    const policy = (await fetch(`${server.url}/sandbox.html`, { headers })).headers.get('content-security-policy')!
    assert.match(policy, /^sandbox allow-scripts; default-src 'none'; .*frame-ancestors 'self'$/)
    assert.doesNotMatch(policy, /allow-same-origin|connect-src|allow-top|https?:/)
  }
  // By a second policy the frame shows nothing else, wherever it is sent.
  assert.match((await fetch(`${server.url}/team/`, { headers: person })).headers.get('content-security-policy')!, /, frame-src \*:\*\/team\/sandbox\.html$/)
})

test('assets are kept for ever, and sent compressed to whoever takes that', async () => {
  await using server = await serve(pages(root))
  const plain = await fetch(`${server.url}/assets/index-abc.js`, { headers: { 'accept-encoding': 'identity' } })
  assert.equal(plain.headers.get('content-encoding'), null)
  assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  assert.equal(await plain.text(), script)
  const small = await fetch(`${server.url}/assets/index-abc.js`, { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(small.headers.get('content-encoding'), 'gzip')
  assert.match(small.headers.get('vary')!, /Accept-Encoding/)
  assert.equal(await small.text(), script)
  const again = await fetch(`${server.url}/assets/index-abc.js`, { headers: { 'accept-encoding': 'gzip', 'if-none-match': small.headers.get('etag')! } })
  assert.equal(again.status, 304)
})

test('a large asset of which only the compressed form is kept is sent to whoever asks, as a script', async () => {
  await using server = await serve(pages(root))
  for (const [accepted, encoding] of [['gzip, br', 'gzip'], ['identity', null]] as const) {
    const response = await fetch(`${server.url}/assets/large-abc.mjs`, { headers: { 'accept-encoding': accepted } })
    assert.equal(response.headers.get('content-encoding'), encoding)
    assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8')
    assert.equal(await response.text(), script)
  }
})

test('a path reaches no file but those of the page', async () => {
  await using server = await serve(pages(root))
  for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/%2e%2e/secret.txt', '/..%5csecret.txt', '//etc/passwd', '/assets/index-abc.js%00', '/assets/none.js']) {
    const response = await fetch(server.url + path)
    const text = await response.text()
    assert.equal(response.status, 404, path)
    assert.ok(!text.includes('secret\n') && text !== 'secret', path)
  }
})

test('a script that mistypes an endpoint gets an error, not the page', async () => {
  await using server = await serve(pages(root))
  for (const [path, headers] of [['/experiments/1', { accept: '*/*' }], ['/api/2.0/mlflow/rnus', person]] as const) {
    const response = await fetch(server.url + path, { headers })
    assert.equal(response.status, 404)
    assert.match(response.headers.get('content-type')!, /^application\/json/)
  }
})

test('the page knows the prefix under which it is served', async () => {
  await using server = await serve(pages(root), '/team/cairn')
  assert.match(await (await fetch(`${server.url}/runs/1`, { headers: person })).text(), /<base href="\/team\/cairn\/" \/>/)
})

test('where the page is not built, the address says how to build it', async () => {
  await using server = await serve(pages(undefined))
  assert.match(await (await fetch(`${server.url}/`, { headers: person })).text(), /npm run build -w packages\/web/)
})
