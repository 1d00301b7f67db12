/**
 * The browser of the browser tests: Debian's Chromium, or what `CAIRN_CHROMIUM` names.
 *
 *   node tools/chromium.ts     prints its path, installing it where this account may
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** The first of the names on the PATH. */
export function chromiumOnPath(env: NodeJS.ProcessEnv): string | undefined {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {
        // not here
      }
    }
  }
  return undefined
}

export function chromiumForTests(env: NodeJS.ProcessEnv = process.env, say: (line: string) => void = (line) => process.stderr.write(`${line}\n`)): string {
  if (env['CAIRN_CHROMIUM']) return env['CAIRN_CHROMIUM']
  const found = chromiumOnPath(env)
  if (found !== undefined) return found
  const advice = 'Install it (apt-get install chromium), or set CAIRN_CHROMIUM to a Chromium or Chrome.'
  if (process.getuid?.() !== 0) throw new Error(`The browser tests need Chromium, and there is none on the PATH.\n${advice}`)
  say('Installing Chromium for the browser tests (Debian package, once)')
  for (const args of [['update', '-qq'], ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core']]) {
    const { status, error } = spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } })
    if (error !== undefined || status !== 0) throw new Error(`apt-get ${args[0]!} failed, so there is no Chromium for the browser tests.\n${advice}`)
  }
  const installed = chromiumOnPath(env)
  if (installed === undefined) throw new Error(`apt-get installed no Chromium on the PATH.\n${advice}`)
  return installed
}

if (import.meta.main) {
  try {
    process.stdout.write(`${chromiumForTests()}\n`)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
