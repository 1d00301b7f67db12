import { signatureTexts, type ModelSignature } from './model-signature.ts'

export interface NewMlModel {
  readonly flavors: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly signature?: ModelSignature | undefined
  readonly modelUuid: string
  readonly created: Date
  readonly runId?: string | undefined
  readonly modelId?: string | undefined
  readonly artifactPath?: string | undefined
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** The files of an input example, and of the same as a body of `/invocations`. */
  readonly servingExample?: { readonly path: string; readonly servingPath: string } | undefined
  /** The version of MLflow whose format this is. */
  readonly mlflowVersion: string
}

/** The text of a new MLmodel file, which MLflow's clients load. */
export function mlModelText(model: NewMlModel): string {
  return `${yamlLines({
    artifact_path: model.artifactPath,
    flavors: model.flavors,
    is_signature_from_type_hint: false,
    metadata: model.metadata,
    mlflow_version: model.mlflowVersion,
    model_id: model.modelId ?? null,
    model_uuid: model.modelUuid,
    run_id: model.runId,
    saved_input_example_info: model.servingExample && { artifact_path: model.servingExample.path, serving_input_path: model.servingExample.servingPath, type: 'json_object' },
    signature: model.signature && signatureTexts(model.signature),
    type_hint_from_example: false,
    utc_time_created: model.created.toISOString().replace('T', ' ').replace('Z', '000'),
  }, '').join('\n')}\n`
}

/** Block style with sorted keys, as PyYAML writes it; what is undefined is left out. */
function yamlLines(value: unknown, indent: string): string[] {
  const below = (head: string, inner: unknown): string[] => {
    if (typeof inner !== 'object' || inner === null) return [`${indent}${head} ${scalar(inner)}`]
    const lines = yamlLines(inner, `${indent}  `)
    return lines.length > 0 ? [`${indent}${head}`, ...lines] : [`${indent}${head} ${Array.isArray(inner) ? '[]' : '{}'}`]
  }
  if (Array.isArray(value)) return value.flatMap((one) => below('-', one))
  return Object.entries(value as object).filter(([, one]) => one !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, one]) => below(`${scalar(key)}:`, one))
}

/** Words that YAML 1.1 takes for something else than text. */
const words = /^(?:true|false|yes|no|on|off|null|y|n|nan|inf)$/i

function scalar(value: unknown): string {
  if (typeof value !== 'string') return String(value)
  if (/^[A-Za-z_][\w/-]*(?:\.[A-Za-z_][\w/-]*)*$/.test(value) && !words.test(value)) return value
  // Between single quotes stands everything that can be printed on one line.
  return /^[ -~\u{a0}-\u{d7ff}\u{e000}-\u{fffd}]*$/u.test(value) && !/[\u2028\u2029\ufeff]/.test(value) ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value)
}
