import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parsePythonYaml, YamlError, type PythonMap, type PythonValue } from '@cairn/environments'
import { stringify } from 'yaml'
import { ModelError } from '../errors.ts'
import { parseSignature, type Signature, type SignatureTexts } from './signature.ts'

/** What an MLmodel file says. */
export interface MlModel {
  readonly flavors: Readonly<Record<string, PythonMap>>
  /** Undefined where the model was saved without one. */
  readonly signature: Signature | undefined
  readonly signatureFromTypeHint: boolean
  readonly inputExample: InputExample | undefined
  readonly metadata: PythonMap | undefined
  readonly runId: string | undefined
  readonly modelId: string | undefined
  readonly modelUuid: string | undefined
  readonly mlflowVersion: string | undefined
  /** As MLflow writes it, in UTC: `2026-11-23 05:09:50.354291`. */
  readonly created: string | undefined
  /** Every field as it was read, also those that this version does not know. */
  readonly fields: PythonMap
}

export interface InputExample {
  /** The example as it was given, relative to the model's folder. */
  readonly path: string
  readonly type: string
  /** The example as a body of `/invocations`, where there is one. */
  readonly servingPath: string | undefined
}

/** Reads `MLmodel` of a model's folder. @throws ModelError */
export async function readMlModel(folder: string): Promise<MlModel> {
  const path = join(folder, 'MLmodel')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
    throw new ModelError(`There is no model in ${folder}: it has no file MLmodel.`, 'Name the folder that holds MLmodel, or a model URI: models:/churn@champion, runs:/RUN/model.')
  }
  return parseMlModel(text, path)
}

/** `where` names the file in messages. @throws ModelError */
export function parseMlModel(text: string, where = 'MLmodel'): MlModel {
  let fields: PythonValue
  try {
    fields = parsePythonYaml(text)
  } catch (error) {
    if (error instanceof YamlError) throw new ModelError(`${where} is no YAML: ${error.message}.`, 'The file is damaged. Download the model again, or save it again.')
    throw error
  }
  if (!isMap(fields)) throw new ModelError(`${where} is no mapping.`, 'The file is damaged. Download the model again, or save it again.')
  const flavors = fields['flavors']
  if (!isMap(flavors) || !Object.values(flavors).every(isMap)) throw new ModelError(`${where} has no flavors, so nothing says how the model is loaded.`, 'Save the model again with MLflow.')
  const signature = fields['signature']
  const example = fields['saved_input_example_info']
  const text_ = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined)
  return {
    flavors: flavors as Readonly<Record<string, PythonMap>>,
    signature: isMap(signature) ? parseSignature(signature as SignatureTexts) : undefined,
    signatureFromTypeHint: fields['is_signature_from_type_hint'] === true,
    inputExample: isMap(example) && typeof example['artifact_path'] === 'string'
      ? { path: example['artifact_path'], type: String(example['type']), servingPath: typeof example['serving_input_path'] === 'string' ? example['serving_input_path'] : undefined }
      : undefined,
    metadata: isMap(fields['metadata']) ? fields['metadata'] : undefined,
    runId: text_('run_id'), modelId: text_('model_id'), modelUuid: text_('model_uuid'),
    mlflowVersion: text_('mlflow_version'), created: text_('utc_time_created'), fields,
  }
}

export const isMap = (value: PythonValue | undefined): value is PythonMap => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Writes back what `readMlModel` read, with `changes`; a field that is undefined there goes. */
export async function rewriteMlModel(folder: string, model: MlModel, changes: Readonly<Record<string, PythonValue | undefined>>): Promise<void> {
  const fields = Object.fromEntries(Object.entries({ ...model.fields, ...changes }).filter(([, value]) => value !== undefined))
  await writeFile(join(folder, 'MLmodel'), yamlText(fields))
}

/** YAML 1.1, so that PyYAML reads a text as text: `3.10`, `yes` and dates get their quotes. */
const yamlText = (value: unknown): string => stringify(value, { version: '1.1', sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false })
