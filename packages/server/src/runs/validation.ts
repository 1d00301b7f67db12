import { asciiJson, CairnError, invalid, limits as sizes, type MetricInput, type Param, type RunTag } from '@cairn/protocol'
import { checkKeyName, checkLength, lengthOf, pythonFloat, pythonString } from '../names/index.ts'

/** MLflow's limits and words for what is logged to a run. */
export interface LogLimits {
  /** Cut values that are too long instead of refusing them. */
  readonly truncateLongValues: boolean
}

export function checkRunId(runId: string): void {
  if (!/^[a-zA-Z0-9][\w-]{0,255}$/.test(runId)) throw invalid(`Invalid value ${asciiJson(runId)} for parameter 'run_id' supplied.`)
}

export function checkBatchSize(metrics: number, params: number, tags: number): void {
  limit('metrics', metrics, sizes.batch.metrics)
  limit('params', params, sizes.batch.params)
  limit('tags', tags, sizes.batch.tags)
  limit('metrics, params, and tags', metrics + params + tags, sizes.batch.total)
}

function limit(what: string, count: number, most: number): void {
  if (count > most) {
    throw invalid(`A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`)
  }
}

/** Checks metrics; `path` gives the name of one in messages ("" for a single one). */
export function checkMetrics(metrics: readonly MetricInput[], path: (index: number) => string): void {
  // A batch repeats few keys many times.
  const checked = new Set<string>()
  for (let index = 0; index < metrics.length; index += 1) {
    const { key, timestamp, value, dataset_name = '', dataset_digest = '' } = metrics[index]!
    if ((dataset_name === '') !== (dataset_digest === '')) throw invalid('Both dataset_name and dataset_digest must be provided if one is provided')
    if (!checked.has(key)) {
      checkKeyName(key, join(path(index), 'name'))
      checkLength('Metric name', key, sizes.keyLength)
      checked.add(key)
    }
    if (timestamp < 0) {
      throw invalid(`Invalid value ${timestamp} for parameter '${join(path(index), 'timestamp')}' supplied: metric '${key}' (value=${pythonFloat(value)}). Timestamp must be a nonnegative long (64-bit integer) `)
    }
  }
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

export function checkParam(param: Param, path: string, limits: LogLimits): Param {
  checkKeyName(param.key, join(path, 'key'))
  checkLength('Param key', param.key, sizes.keyLength)
  return { key: param.key, value: fitValue('Param value', param.value ?? '', sizes.paramValueLength, limits) }
}

export function checkTag(tag: RunTag, path: string, limits: LogLimits): RunTag {
  checkKeyName(tag.key, join(path, 'key'))
  checkLength(join(path, 'key'), tag.key, sizes.keyLength)
  return { key: tag.key, value: fitValue(join(path, 'value'), tag.value ?? '', sizes.runTagValueLength, limits) }
}

function fitValue(what: string, value: string, most: number, { truncateLongValues }: LogLimits): string {
  if (value.length <= most || lengthOf(value) <= most) return value
  if (truncateLongValues) return Array.from(value).slice(0, most).join('')
  checkLength(what, value, most)
  return value
}

export function checkUniqueParams(params: readonly Param[]): void {
  const seen = new Set<string>()
  const repeated: string[] = []
  for (const { key } of params) {
    if (seen.has(key)) repeated.push(key)
    seen.add(key)
  }
  if (repeated.length > 0) {
    throw invalid(`Duplicate parameter keys have been submitted: [${repeated.map(pythonString).join(', ')}]. Please ensure the request contains only one param value per param key.`)
  }
}

/** The name that a run gets from its request, if any; two that differ are refused. */
export function givenRunName(runName: string | undefined, tags: readonly { key?: string; value?: string }[]): string | undefined {
  const tag = tags.find(({ key }) => key === 'mlflow.runName')?.value
  if (runName && tag && runName !== tag) {
    throw invalid(`Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${runName}', mlflow.runName='${tag}').`)
  }
  return runName || tag || undefined
}

/** Tags of a new run. MLflow lets any key pass here; two of one key it answers with BAD_REQUEST. */
export function checkNewTags(tags: readonly { key?: string; value?: string }[], limits: LogLimits): RunTag[] {
  const seen = new Set<string>()
  return tags.map((tag, index) => {
    const key = tag.key ?? ''
    if (seen.has(key)) throw new CairnError('BAD_REQUEST', `The tag ${pythonString(key)} is given more than once.`)
    seen.add(key)
    checkLength(`tags[${index}].key`, key, sizes.keyLength)
    return { key, value: fitValue(`tags[${index}].value`, tag.value ?? '', sizes.runTagValueLength, limits) }
  })
}

const mandatory = ['artifact_path', 'flavors', 'run_id', 'utc_time_created']

export function parseModelJson(text: string): Record<string, unknown> {
  let model: unknown
  try {
    model = JSON.parse(text)
  } catch {
    throw invalid(`Malformed model info. \n ${text} \n is not a valid JSON.`)
  }
  const fields = typeof model === 'object' && model !== null && !Array.isArray(model) ? model as Record<string, unknown> : {}
  const absent = mandatory.filter((name) => !Object.hasOwn(fields, name))
  if (absent.length > 0) throw invalid(`Model json is missing mandatory fields: {${absent.map((name) => `'${name}'`).join(', ')}}`)
  return fields
}
