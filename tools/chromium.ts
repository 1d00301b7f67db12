/**
 * The browser of the browser tests: Debian's Chromium, or what `CAIRN_CHROMIUM` names.
 *
 *   node tools/chromium.ts     prints its path, installing it where this account may
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installDebianPackages } from './debian.ts'

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
  say('Installing Chromium for the browser tests (Debian package, once)')
  if (!installDebianPackages(['chromium', 'fonts-dejavu-core'], env)) throw new Error(`The browser tests need Chromium; there is none on the PATH, and it could not be installed.\n${advice}`)
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
