import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Where things lie beside this code: `packages/cli/src` in a checkout, `dist` in the package from
 * npm (`tools/build.ts` copies the web page there).
 */
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const inCheckout = import.meta.url.endsWith('.ts')

export function webRoot(): string | undefined {
  const path = beside(inCheckout ? '../../web/dist' : './web')
  return existsSync(`${path}/index.html`) ? path : undefined
}

/** A database as a first start makes it (`tools/empty-database.ts`); a checkout has none. */
export function emptyDatabase(): string | undefined {
  const path = beside('./empty.db')
  return !inCheckout && existsSync(path) ? path : undefined
}

/** The folder of the package `cairn`, which holds the built program in `dist` once it was built. */
export const packageHome = (): string => beside('..')

export function version(): string {
  const manifest = JSON.parse(readFileSync(beside('../package.json'), 'utf8')) as { version: string }
  return manifest.version
}
