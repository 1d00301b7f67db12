import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface Scratch {
  readonly folder: string
  /** Writes a file below the folder, with the folders above it; answers where it is. */
  write(path: string, text: string): string
}

/** A temp folder for a test's own files. */
export function scratch(prefix: string): Scratch {
  const folder = mkdtempSync(join(tmpdir(), prefix))
  return {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
      return join(folder, path)
    },
  }
}
