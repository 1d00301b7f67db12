import { CairnError } from '@cairn/protocol'

/** Refuses a change by somebody who expects something else than what is there: they have not seen what it would replace. */
export function checkExpected(expected: string, found: string | null | undefined, what: string): void {
  if ((found ?? '') !== expected) throw new CairnError('RESOURCE_CONFLICT', `${what} is not what was expected: somebody has changed it meanwhile. Read it again, and say what it is now.`)
}
