/**
 * The Python environment of the tests, made once for every clone on this machine.
 *
 *   node --conditions=source tools/setup-python.ts     prints the interpreter's path
 *
 * `CAIRN_TEST_PYTHON` names an interpreter to use as it is. `CAIRN_CACHE` moves the environment.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { installDebianPackages } from './debian.ts'

const requirements = fileURLToPath(new URL('../tests/python/requirements.txt', import.meta.url))

export interface SetupOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Told what happens, a line at a time. Default: stderr. */
  readonly say?: (line: string) => void
}

/** The interpreter with everything that the tests need, made first if it is not there. */
export async function pythonForTests(options: SetupOptions = {}): Promise<string> {
  const env = options.env ?? process.env
  const say = options.say ?? (line => process.stderr.write(`${line}\n`))
  if (env.CAIRN_TEST_PYTHON) return env.CAIRN_TEST_PYTHON

  const place = venvPlace(env, (await requirementLines()).join('\n'))
  const ready = join(place, 'ready')
  const python = join(place, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (existsSync(ready)) return python

  await mkdir(join(place, '..'), { recursive: true })
  const release = await lock(`${place}.lock`, say)
  try {
    if (existsSync(ready)) return python
    await rm(place, { recursive: true, force: true })
    await build(place, python, say)
    await writeFile(ready, '')
    return python
  } finally {
    await release()
  }
}

/** One environment for each list of requirements, so that branches with different lists live side by side. */
export function venvPlace(env: NodeJS.ProcessEnv, list: string): string {
  const cache = env.CAIRN_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cairn')
  return join(cache, `venv-${createHash('sha256').update(list).digest('hex').slice(0, 12)}`)
}

const requirementLines = async () => (await readFile(requirements, 'utf8')).split('\n').filter(line => /^\w/.test(line))

async function build(place: string, python: string, say: (line: string) => void): Promise<void> {
  say(`Setting up Python for the tests in ${place} (once; a minute or two, 1.6 GB)`)
  const version = await output('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'])
  if (version === undefined) throw new Error('The tests need Python 3.11 or newer, and there is no `python3`.\nOn Debian or Ubuntu: apt install python3 python3-venv')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 3 || (major === 3 && minor < 11)) throw new Error(`The tests need Python 3.11 or newer; \`python3\` is ${version}.\nSet CAIRN_TEST_PYTHON to another interpreter that has tests/python/requirements.txt installed.`)

  say(`  1/3 python3 -m venv (Python ${version})`)
  let made = await run('python3', ['-m', 'venv', place])
  let pip = [python, '-m', 'pip']
  if (made.code !== 0) {
    // Debian splits ensurepip out of Python, into a package that a fresh machine lacks.
    await rm(place, { recursive: true, force: true })
    say('      installing python3-venv (Debian package)')
    if (installDebianPackages(['python3-venv'])) made = await run('python3', ['-m', 'venv', place])
  }
  if (made.code !== 0) {
    // A system pip can still fill an environment without its own.
    await rm(place, { recursive: true, force: true })
    const bare = await run('python3', ['-m', 'venv', '--without-pip', place])
    const systemPip = await run('python3', ['-m', 'pip', '--version'])
    if (bare.code !== 0 || systemPip.code !== 0) {
      throw new Error(`\`python3 -m venv\` failed, so the tests' Python cannot be set up.\nOn Debian or Ubuntu: apt install python3-venv   (it said: ${lastLine(made.text)})`)
    }
    pip = ['python3', '-m', 'pip', '--python', python]
  }

  const wanted = (await requirementLines()).length
  say(`  2/3 pip install, ${wanted} packages`)
  let seen = 0
  const install = await run(pip[0]!, [...pip.slice(1), 'install', '--no-deps', '--disable-pip-version-check', '--no-input', '-r', requirements], line => {
    if (line.startsWith('Collecting') && ++seen % 20 === 0) say(`      ${seen} of ${wanted} fetched`)
    if (line.startsWith('Installing collected')) say('      all fetched; unpacking')
  })
  if (install.code !== 0) throw new Error(`pip could not install tests/python/requirements.txt:\n${install.text.trim().split('\n').slice(-8).join('\n')}`)

  say('  3/3 importing mlflow, scikit-learn and xgboost')
  const check = await run(python, ['-c', 'import mlflow, sklearn, xgboost, pandas, pytest'])
  if (check.code !== 0) throw new Error(`The new environment does not import:\n${check.text.trim()}`)
  say('  done')
}

interface Ended { readonly code: number; readonly text: string }

function run(command: string, args: readonly string[], online?: (line: string) => void): Promise<Ended> {
  return new Promise(resolve => {
    // Unbuffered, so that progress shows; and compiled on install, or every test run pays for it again.
    const env = { ...process.env, PYTHONUNBUFFERED: '1', PYTHONDONTWRITEBYTECODE: '' }
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    let pending = ''
    const take = (chunk: Buffer) => {
      text += chunk
      pending += chunk
      const lines = pending.split('\n')
      pending = lines.pop()!
      for (const line of lines) online?.(line.trim())
    }
    child.stdout.on('data', take)
    child.stderr.on('data', take)
    child.on('error', error => resolve({ code: 127, text: error.message }))
    child.on('close', code => resolve({ code: code ?? 1, text }))
  })
}

async function output(command: string, args: readonly string[]): Promise<string | undefined> {
  const ended = await run(command, args)
  return ended.code === 0 ? ended.text.trim() : undefined
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? ''

/** Two clones may want the same environment at once: the second waits. A lock nobody renews is dead. */
async function lock(path: string, say: (line: string) => void): Promise<() => Promise<void>> {
  for (let told = false; ;) {
    try {
      await mkdir(path)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const held = await stat(path).catch(() => undefined)
    if (held !== undefined && Date.now() - held.mtimeMs > 60_000) await rm(path, { recursive: true, force: true })
    else {
      if (!told) say('Another process is setting up Python for the tests; waiting for it')
      told = true
      await sleep(500)
    }
  }
  const renew = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), 10_000)
  renew.unref()
  return async () => {
    clearInterval(renew)
    await rm(path, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.stdout.write(`${await pythonForTests()}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
