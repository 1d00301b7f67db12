import { getModelVersion, getModelVersionByAlias, type ModelVersion } from '@cairn/protocol'
import { UsageError } from '../framework/errors.ts'
import type { Connection } from './connection.ts'

/** `churn`, `churn/3` or `churn@champion`, with or without `models:/` before it. */
export interface ModelReference {
  readonly name: string
  readonly version?: string
  readonly alias?: string
}

export const referenceSummary = 'NAME/VERSION or NAME@ALIAS.'

export function readModelReference(text: string): ModelReference {
  const match = /^(?:models:\/)?([^/@]+)(?:\/(\d+)|@([^/@]+))?$/.exec(text)
  if (match === null) throw new UsageError(`"${text}" names no registered model.`, 'Write NAME, NAME/VERSION or NAME@ALIAS: churn, churn/3, churn@champion.')
  const [, name, version, alias] = match
  return { name: name!, ...(version !== undefined && { version }), ...(alias !== undefined && { alias }) }
}

/** The version that a reference names. */
export async function findModelVersion(connection: Connection, text: string): Promise<ModelVersion> {
  const { name, version, alias } = readModelReference(text)
  if (version !== undefined) return (await connection.call(getModelVersion, { name, version })).model_version
  if (alias !== undefined) return (await connection.call(getModelVersionByAlias, { name, alias })).model_version
  throw new UsageError(`"${text}" names a model without saying which version.`, `Write ${name}/3, ${name}@champion or ${name}@latest.`)
}
