import { readdir, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { runStep, type Variables } from './installer.ts'

export interface Interpreter {
  readonly path: string
  /** `3.11.7`. */
  readonly version: string
  /** `cpython` or another implementation. */
  readonly implementation: string
}

const ask = 'import sys; print("%d.%d.%d" % sys.version_info[:3], sys.implementation.name, sys.executable)'

/** The interpreter behind a path, or undefined where it does not start. */
export async function interpreterAt(path: string, env: Variables): Promise<Interpreter | undefined> {
  const { code, lines } = await runStep({ command: [path, '-c', ask], env: { ...env, PYTHONHOME: undefined, PYTHONPATH: undefined } })
  const [, version, implementation, executable] = /^(\d+\.\d+\.\d+) (\S+) (.+)$/.exec(lines.at(-1) ?? '') ?? []
  return code === 0 && version !== undefined ? { path: executable!, version, implementation: implementation! } : undefined
}

/** Whether `3.11` or `3.11.7` means this version. */
export const matches = (wanted: string, version: string): boolean => version === wanted || version.startsWith(`${wanted}.`)

/**
 * Every Python that can be found without starting many: pyenv's and uv's folders by their names, and
 * those of the PATH. Newest first; the PATH's `python3` stands first of equals.
 */
export async function installedPythons(env: Variables): Promise<Interpreter[]> {
  const home = env['HOME'] ?? homedir()
  const pyenv = join(env['PYENV_ROOT'] ?? join(home, '.pyenv'), 'versions')
  const uv = env['UV_PYTHON_INSTALL_DIR'] ?? join(env['XDG_DATA_HOME'] ?? join(home, '.local/share'), 'uv/python')
  const folders = [
    ...(await names(pyenv)).map((name) => ({ path: join(pyenv, name, 'bin/python'), version: /^\d+\.\d+\.\d+$/.exec(name)?.[0] })),
    ...(await names(uv)).map((name) => ({ path: join(uv, name, 'bin/python'), version: /^cpython-(\d+\.\d+\.\d+)-/.exec(name)?.[1] })),
  ].flatMap(({ path, version }) => (version === undefined ? [] : [{ path, version, implementation: 'cpython' }]))

  const onPath = new Map<string, string>()
  for (const folder of (env['PATH'] ?? '').split(delimiter).filter((one) => one !== '')) {
    for (const name of await names(folder)) {
      if (!/^python3(?:\.\d+)?$|^python$/.test(name)) continue
      const real = await realpath(join(folder, name)).catch(() => undefined)
      // pyenv's stand-ins are one script: only the name says which Python is meant.
      const key = real === undefined || real.includes('/shims/') ? name : real
      if (!onPath.has(key)) onPath.set(key, join(folder, name))
    }
  }
  const asked = await Promise.all([...onPath.values()].map((path) => interpreterAt(path, env)))
  const found = [...asked.flatMap((one) => one ?? []), ...folders]
  return [...new Map(found.toReversed().map((one) => [one.version + one.implementation, one])).values()].toReversed()
    .toSorted((a, b) => compareVersions(b.version, a.version))
}

const names = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map(Number)) as [number[], number[]]
  for (let index = 0; index < 3; index += 1) {
    if (left[index] !== right[index]) return left[index]! - right[index]!
  }
  return 0
}
