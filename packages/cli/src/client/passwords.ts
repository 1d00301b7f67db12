import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { OptionSpec } from '../framework/command.ts'
import { UserError } from '../framework/errors.ts'

/** Never the password itself on the command line: other users of the machine can read those. */
export const passwordFile = {
  kind: 'text', value: 'FILE', summary: 'Read the password from the first line of this file (/dev/stdin too); without it, one is made and printed once.',
} as const satisfies OptionSpec

export interface NewPassword {
  readonly password: string
  /** Whether it was made here, and must be shown. */
  readonly made: boolean
}

export async function newPassword(file: string | undefined, cwd: string): Promise<NewPassword> {
  return file === undefined ? { password: randomBytes(18).toString('base64url'), made: true } : { password: await firstLine(file, cwd, 'password'), made: false }
}

/** What a file holds that must not stand on the command line. */
export async function firstLine(file: string, cwd: string, what: string): Promise<string> {
  try {
    return (await readFile(resolve(cwd, file), 'utf8')).split(/\r?\n/, 1)[0]!
  } catch (error) {
    throw new UserError(`The file with the ${what} cannot be read: ${(error as Error).message}`, `Name a file that holds the ${what} in its first line.`)
  }
}
