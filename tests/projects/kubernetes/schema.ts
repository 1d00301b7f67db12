import { readFileSync } from 'node:fs'

interface Schema {
  readonly type?: string
  readonly format?: string
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
}

const { kinds, schemas } = JSON.parse(readFileSync(new URL('schemas.json', import.meta.url), 'utf8')) as { kinds: Readonly<Record<string, string>>; schemas: Readonly<Record<string, Schema>> }

/** What is wrong with a manifest by the API server's own schema (see trim-schema.py), unknown fields included. */
export function manifestProblems(manifest: { readonly apiVersion?: string; readonly kind?: string }): string[] {
  const name = kinds[`${manifest.apiVersion}/${manifest.kind}`]
  return name === undefined ? [`there is no schema of ${manifest.kind} in ${manifest.apiVersion}`] : problems({ $ref: `x/${name}` }, manifest, manifest.kind!.toLowerCase())
}

export const jobProblems = (job: unknown): string[] => problems({ $ref: 'x/io.k8s.api.batch.v1.Job' }, job, 'job')

function problems(schema: Schema, value: unknown, at: string): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)
    const named = schemas[name]
    return named === undefined ? [`${at}: there is no schema ${name}`] : problems(named, value, at)
  }
  if (schema.allOf !== undefined) return schema.allOf.flatMap((one) => problems(one, value, at))
  if (schema.oneOf !== undefined) return schema.oneOf.some((one) => problems(one, value, at).length === 0) ? [] : [`${at}: fits none of its types`]
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${at}: is none of ${schema.enum.join(', ')}`]
  switch (schema.type) {
    case 'object': {
      if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`${at}: is no object`]
      const entries = Object.entries(value)
      const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name)).map((name) => `${at}.${name}: is missing`)
      return [...missing, ...entries.flatMap(([name, item]) => {
        const own = schema.properties?.[name]
        if (own !== undefined) return problems(own, item, `${at}.${name}`)
        if (typeof schema.additionalProperties === 'object') return problems(schema.additionalProperties, item, `${at}.${name}`)
        return schema.properties === undefined && schema.additionalProperties !== false ? [] : [`${at}.${name}: unknown field`]
      })]
    }
    case 'array': return Array.isArray(value) ? value.flatMap((item, index) => problems(schema.items ?? {}, item, `${at}[${index}]`)) : [`${at}: is no list`]
    case 'string': return typeof value === 'string' || (schema.format === 'int-or-string' && Number.isInteger(value)) ? [] : [`${at}: is no text`]
    case 'integer': return Number.isInteger(value) ? [] : [`${at}: is no whole number`]
    case 'number': return typeof value === 'number' ? [] : [`${at}: is no number`]
    case 'boolean': return typeof value === 'boolean' ? [] : [`${at}: is neither true nor false`]
    default: return []
  }
}
