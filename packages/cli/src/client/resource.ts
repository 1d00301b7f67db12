import { UsageError } from '../framework/errors.ts'

export const resourceSummary = 'TYPE:ID, for instance experiment:5, registered_model:churn or run:*.'
export const levels = ['READ', 'USE', 'EDIT', 'MANAGE', 'DENY'] as const

/** `experiment:5` as a type and an id. */
export function readResource(text: string): { resource_type: string; resource_id: string } {
  const at = text.indexOf(':')
  if (at <= 0 || at === text.length - 1) throw new UsageError(`"${text}" names no resource.`, 'Write TYPE:ID: experiment:5, registered_model:churn, run:*.')
  return { resource_type: text.slice(0, at), resource_id: text.slice(at + 1) }
}

export function readLevel(text: string): string {
  const level = text.toUpperCase()
  if (!(levels as readonly string[]).includes(level)) throw new UsageError(`"${text}" is no level.`, `Write one of ${levels.join(', ')}.`)
  return level
}
