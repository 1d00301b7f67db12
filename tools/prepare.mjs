// Makes a fresh clone ready: installs what package-lock.json names where that is not what is
// installed, and builds the web page where its source is newer. Says what it does, and nothing when
// there is nothing to do. Plain JavaScript without dependencies: it runs on whatever Node (from 20
// on) the machine has, before anything is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts) => join(root, ...parts)
const say = (text) => process.stderr.write(`cairn: ${text}\n`)

const fail = (what, fix) => {
  say(what)
  if (fix) process.stderr.write(`  ${fix}\n`)
  process.exit(1)
}

const [major] = process.versions.node.split('.').map(Number)
if (major < 20) fail(`this needs Node.js 20 or newer to install itself, and ${process.version} is first on the PATH.`, 'Install a newer one, for instance with: apt-get install nodejs npm')

const npm = (args, what) => {
  // npm tells its scripts where it is; without that, the one on the PATH.
  const [command, first] = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []]
  const { status, error } = spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
  if (error) fail(`npm could not be started: ${error.message}`, 'Install npm: apt-get install npm')
  if (status !== 0) fail(`${what} failed; what npm said stands above.`)
}

/** What is missing or of another version than the lock file names; undefined when nothing is. */
export function staleness(lock, installed) {
  for (const [path, wanted] of Object.entries(lock.packages)) {
    if (path === '' || wanted.link || !path.includes('node_modules/')) continue
    const found = installed.packages[path]
    if (found === undefined ? !wanted.optional && !wanted.peer : found.version !== wanted.version) return path
  }
  return undefined
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

function installedIsStale() {
  const list = at('node_modules', '.package-lock.json')
  if (!existsSync(list)) return true
  if (!existsSync(at('node_modules', 'node', 'bin', 'node'))) return true
  if (!existsSync(at('node_modules', '.bin', 'cairn'))) return true
  return staleness(readJson(at('package-lock.json')), readJson(list)) !== undefined
}

function newestChange(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules' && name !== 'dist' && !name.startsWith('.'))
    .reduce((newest, { name }) => Math.max(newest, newestChange(join(path, name))), 0)
}

function pageIsStale() {
  const page = at('packages', 'web', 'dist', 'index.html')
  if (!existsSync(at('packages', 'web', 'package.json'))) return false
  if (!existsSync(page)) return true
  const built = statSync(page).mtimeMs
  return ['web', 'sdk', 'protocol'].some((name) => newestChange(at('packages', name)) > built)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const started = Date.now()
  if (installedIsStale()) {
    say('installing what package-lock.json names into node_modules (once; some 450 MB, of which half is Node 26)')
    npm(['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], 'The installation')
    if (!existsSync(at('node_modules', 'node', 'bin', 'node'))) {
      fail('npm did not run the install script of the package "node", which brings the Node.js that Cairn runs on.', 'Allow it: npm ci --allow-scripts=node,esbuild (or drop ignore-scripts from your npm configuration)')
    }
    const tried = spawnSync(at('node_modules', 'node', 'bin', 'node'), ['--version'], { encoding: 'utf8' })
    if (tried.status !== 0) {
      const missing = /libatomic/.test(tried.stderr)
      fail(`the Node.js that was installed does not start: ${(tried.stderr || String(tried.error)).trim()}`, missing ? 'Install what it is linked with: apt-get install libatomic1' : undefined)
    }
    say(`installed in ${Math.round((Date.now() - started) / 1000)} s`)
  }
  if (pageIsStale()) {
    say('building the web page into packages/web/dist')
    npm(['run', '--silent', 'build', '-w', 'packages/web'], 'The build of the web page')
  }
}
