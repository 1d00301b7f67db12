import { invalid } from '@cairn/protocol'
import { lengthOf } from '../names/index.ts'

/**
 * Two tags of an experiment steer the archival of its traces; MLflow refuses values that its
 * archiver could not read. They are checked here because they can be set before Cairn has traces.
 */
export function checkTraceTag(key: string, value: string): void {
  if (key === 'mlflow.trace.archivalRetention') {
    const config = readObject(value)
    if (config['type'] !== 'duration') throw invalid("Trace archival config must use type 'duration'.")
    checkDuration(config['value'])
  } else if (key === 'mlflow.trace.archiveNow') {
    const { older_than: olderThan } = readObject(value)
    if (olderThan !== undefined && olderThan !== null) checkDuration(olderThan)
  }
}

function readObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('Trace archival config must be encoded as a JSON object.')
  return value as Record<string, unknown>
}

function checkDuration(value: unknown): void {
  const text = typeof value === 'string' ? value.trim() : ''
  if (lengthOf(text) > 32) throw invalid('Trace archival duration must be at most 32 characters.')
  if (!/^[1-9][0-9]*[mhd]$/.test(text)) throw invalid("Trace archival retention must be in the form `<int><unit>`, where unit is one of 'm', 'h', or 'd'.")
}
