import { asciiJson, invalid, limits, stages, tags as knownTags, type Stage } from '@cairn/protocol'
import { checkKeyName, checkLength, normalPath, pythonString } from '../names/index.ts'

/** MLflow's rule for the names of models: not blank, no `/` or `:`, no `.` and nothing that begins with `..`. */
export function checkModelName(name: string, parameter: 'name' | 'new_name' = 'name'): void {
  if (name.trim() === '') throw invalid(`Missing value for required parameter '${parameter}'.`)
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  const normal = normalPath(name)
  if (normal !== name || normal === '.' || normal.startsWith('..')) {
    throw invalid(`Invalid value ${asciiJson(name)} for parameter 'name' supplied: Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to ${pythonString(normal)}`)
  }
  checkLength('name', name, limits.modelNameLength)
}

/** A version number as clients write it: text that Python would take for an integer. */
export function versionNumber(text: string): number {
  const number = /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : NaN
  if (Number.isNaN(number)) throw invalid(`Parameter 'version' must be an integer, got '${text}'.`)
  return number
}

export function checkTag(tag: { key: string; value: string }): void {
  checkKeyName(tag.key)
  checkLength('key', tag.key, limits.keyLength)
  checkLength('value', tag.value, limits.modelTagValueLength)
}

export function checkVersionTag(tag: { key: string; value: string }): void {
  if (tag.key === knownTags.promptText && tag.value.length > limits.modelTagValueLength) {
    throw invalid(`Prompt text exceeds max length of ${limits.modelTagValueLength} characters.`)
  }
  checkTag(tag)
}

/** Python's `[\w-]*`, without the line feed that its `$` lets pass. */
const aliasPattern = /^[\p{L}\p{N}_-]*$/u

export function checkAlias(alias: string): void {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.')
  if (!aliasPattern.test(alias)) throw invalid(`Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`)
  checkLength('Registered model alias name', alias, limits.aliasLength)
}

export const isLatest = (alias: string): boolean => alias.toLowerCase() === 'latest'

/** `latest` and `v1` mean something in a model's URI, so that nobody may set them. */
export function checkAliasIsFree(alias: string): void {
  if (isLatest(alias)) throw invalid('\'latest\' alias name (case insensitive) is reserved.')
  if (/^[vV]\p{Nd}+$/u.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
}

export function checkDescription(description: string | undefined): void {
  if (description !== undefined) checkLength('description', description, limits.modelDescriptionLength)
}

/** A stage in any case. */
export function canonicalStage(text: string): Stage {
  const stage = stages.find((known) => known.toLowerCase() === text.toLowerCase())
  if (stage === undefined) throw invalid(`Invalid Model Version stage: ${text}. Value must be one of ${stages.join(', ')}.`)
  return stage
}

type Tags = readonly { key?: string; value?: string }[]

/** Tags by key, the last of a key winning. */
export const tagsByKey = (list: Tags = []): Map<string, string> => new Map(list.map(({ key = '', value = '' }) => [key, value]))

/** Whether a request with these tags is about a prompt. */
export const saysPrompt = (tags: ReadonlyMap<string, string>): boolean => tags.get(knownTags.isPrompt)?.toLowerCase() === 'true'
