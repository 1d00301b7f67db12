import { invalid } from '@cairn/protocol'

const canonical = /^(?:0|-?[1-9]\d*)$/

/**
 * The number in an experiment id. Python's `int()` also takes ` 2`, `02`, `+2`, `1_0` and digits of
 * other scripts; here an experiment has one name only, so that nobody gets past a check of one
 * spelling with another. A number that no experiment can have is -1.
 */
export function parseExperimentId(id: string): number {
  if (!canonical.test(id)) throw invalid(`Invalid experiment ID '${id}'. Experiment ID must be a valid integer.`)
  const number = Number(id)
  return number >= 0 && Number.isSafeInteger(number) ? number : -1
}
