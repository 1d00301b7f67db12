import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MlModel } from '../models/mlmodel.ts'
import { isMap } from '../models/mlmodel.ts'
import { UnknownToEvaluator, type TreeModel } from './forest.ts'
import { readLightgbm } from './lightgbm.ts'
import { readXgboost } from './xgboost.ts'
import { argmax } from './xgboost-objectives.ts'

/** A model that is answered without Python. */
export interface NativeModel {
  readonly library: 'xgboost' | 'lightgbm'
  /** Rows × features in the signature's order, NaN where missing. */
  predict(rows: Float64Array, count: number): NativeAnswer
  readonly features: number
}

/** `columns` values a row; one column is a list of values, more are a list of lists. */
export interface NativeAnswer {
  readonly values: Float64Array
  readonly columns: number
  /** Whether they are integers, for Python writes a float as `1.0`. */
  readonly integers: boolean
}

const numeric = new Set(['boolean', 'integer', 'long', 'float', 'double'])

/**
 * The model of a folder for an evaluator of our own, in place of `python_function`.
 *
 * @throws UnknownToEvaluator with the reason why Python has to answer
 */
export async function readNativeModel(folder: string, { flavors, signature }: MlModel): Promise<NativeModel> {
  const { xgboost, lightgbm } = flavors
  const flavor = xgboost ?? lightgbm
  if (flavor === undefined) throw new UnknownToEvaluator(`its flavors are ${Object.keys(flavors).join(', ')}, and only xgboost and lightgbm are known`)
  const inputs = signature?.inputs
  if (inputs?.kind !== 'columns') throw new UnknownToEvaluator('it has no signature of columns, which says in which order the features are')
  const other = inputs.columns.find((column) => !numeric.has(column.type))
  if (other !== undefined) throw new UnknownToEvaluator(`its column ${JSON.stringify(other.name ?? '')} is of type ${other.type}`)
  if (signature?.params !== undefined && signature.params.length > 0) throw new UnknownToEvaluator('it takes parameters')
  const file = flavor['data']
  if (typeof file !== 'string' || file.includes('..')) throw new UnknownToEvaluator('it does not say in which file its trees are')

  const wrapper = xgboost === undefined ? 'Booster' : wrapperOf(xgboost['model_class'])
  const bytes = await readFile(join(folder, file)).catch((error: NodeJS.ErrnoException) => {
    throw new UnknownToEvaluator(`its file ${file} cannot be read (${error.code ?? error.message})`)
  })
  const model = xgboost === undefined ? readLightgbm(textOf(file, bytes)) : readXgboost(bytes, { untilBest: wrapper !== 'Booster' })
  const names = inputs.columns.map(({ name }) => name)
  if (names.length !== model.featureCount) throw new UnknownToEvaluator(`its signature has ${names.length} columns and its trees ${model.featureCount} features`)
  // XGBoost refuses columns in another order than it was trained on; LightGBM goes by their place.
  if (xgboost !== undefined && model.features !== undefined && names.some((name, at) => name !== model.features![at])) throw new UnknownToEvaluator('its signature names its columns otherwise than its trees do')
  return {
    library: xgboost === undefined ? 'lightgbm' : 'xgboost', features: names.length,
    predict: (rows, count) => answerAs(wrapper, model, model.predict(rows, count), count),
  }
}

function textOf(file: string, bytes: Buffer): string {
  if (!/\.(?:lgb|txt)$/.test(file)) throw new UnknownToEvaluator(`its file ${file} is no text model of LightGBM's`)
  return bytes.toString('utf8')
}

function wrapperOf(modelClass: unknown): string {
  const name = typeof modelClass === 'string' ? modelClass.split('.').at(-1)! : isMap(modelClass as never) ? 'an object' : 'none'
  if (['Booster', 'XGBClassifier', 'XGBRegressor', 'XGBRanker'].includes(name)) return name
  throw new UnknownToEvaluator(`its class is ${name}`)
}

/** What a class's `predict` makes of the trees' answers: XGBClassifier's are class numbers, or 0 and 1 for each label of several. */
export function answerAs(wrapper: string, model: TreeModel, values: Float64Array, count: number): NativeAnswer {
  const columns = model.outputs
  if (wrapper !== 'XGBClassifier') return { values, columns, integers: false }
  if (model.labels === true) return { values, columns: 1, integers: true }
  const above = (): Float64Array => values.map((value) => (value > 0.5 ? 1 : 0))
  if (columns === 1) return { values: above(), columns: 1, integers: true }
  // With fewer than three classes several answers are labels of their own, also the two of a softmax.
  if ((model.classes ?? 1) < 3) return { values: above(), columns, integers: false }
  return { values: Float64Array.from({ length: count }, (_, row) => argmax(values, row * columns, columns)), columns: 1, integers: true }
}
