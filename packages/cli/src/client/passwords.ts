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
  if (file === undefined) return { password: randomBytes(18).toString('base64url'), made: true }
  let text: string
  try {
    text = await readFile(resolve(cwd, file), 'utf8')
  } catch (error) {
    throw new UserError(`The file with the password cannot be read: ${(error as Error).message}`, 'Name a file that holds the password in its first line.')
  }
  return { password: text.split(/\r?\n/, 1)[0]!, made: false }
}
