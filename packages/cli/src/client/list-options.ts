import type { OptionSpec } from '../framework/command.ts'
import { UsageError } from '../framework/errors.ts'

export const views = { active: 'ACTIVE_ONLY', deleted: 'DELETED_ONLY', all: 'ALL' } as const

export const maxResults = { kind: 'integer', short: 'n', value: 'N', default: 100, summary: 'At most so many.' } as const satisfies OptionSpec
export const orderBy = { kind: 'list', value: 'CLAUSE', summary: 'Sort by this, for instance "metrics.loss ASC".' } as const satisfies OptionSpec
export const view = { kind: 'text', choices: ['active', 'deleted', 'all'], default: 'active', summary: 'Which ones to list.' } as const satisfies OptionSpec
export const yes = { kind: 'boolean', short: 'y', summary: 'Do it: what is deleted cannot be brought back.' } as const satisfies OptionSpec

/** Said under a table that does not show everything. */
export const moreNote = (shown: number): string => `\n\nThe first ${shown}; there are more: --max-results N`

/** Deleting for good needs a word more than deleting what can be restored. */
export function confirmed(sure: boolean, what: string): void {
  if (!sure) throw new UsageError(`${what} cannot be brought back.`, 'If you are sure, add --yes.')
}

export function limitOf(value: number): number {
  if (value < 1) throw new UsageError('--max-results takes at least 1.')
  return value
}
