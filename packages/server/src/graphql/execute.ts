import { buildSchema, execute, GraphQLError, isListType, isObjectType, parse, validate, type GraphQLFieldResolver, type GraphQLOutputType, type GraphQLScalarType, type GraphQLSchema } from 'graphql'
import { CairnError, invalid } from '@cairn/protocol'
import type { Context } from '../platform/http/index.ts'
import { tooLarge, type QueryLimits } from './limits.ts'
import { schemaText } from './schema.ts'

/** Answers what an endpoint of the REST API would: queries are other names for the same requests. */
export type CallEndpoint = (name: string, input: object, context: Context) => Promise<unknown>

export interface Query {
  readonly query: string
  readonly variables: Record<string, unknown> | undefined
  readonly operationName: string | undefined
}

export interface Answer {
  data: unknown
  /** MLflow sends plain texts, not GraphQL's objects. */
  errors: string[] | null
}

export interface Executor {
  (query: Query, context: Context): Promise<Answer>
}

export function executor(call: CallEndpoint, limits: QueryLimits): Executor {
  const schema = makeSchema()
  const rootValue = rootFields(call)
  return async ({ query, variables, operationName }, context) => {
    let document
    try {
      document = parse(query, { maxTokens: 10_000 })
    } catch (error) {
      throw invalid(`The GraphQL query cannot be parsed. ${(error as Error).message}`)
    }
    const refused = tooLarge(document, limits)
    if (refused !== undefined) return { data: null, errors: [refused] }
    const mistakes = validate(schema, document)
    if (mistakes.length > 0) return { data: null, errors: mistakes.map(({ message }) => message.replaceAll('"', "'")) }
    const result = await execute({ schema, document, rootValue, contextValue: context, variableValues: variables, operationName, fieldResolver: bySnakeName })
    return {
      data: result.data ?? null,
      errors: result.errors === undefined ? null : result.errors.map(({ message, originalError }) => {
        // Since graphql 17 a variable of the wrong type is an error with another of the library's as its cause.
        if (originalError === undefined || originalError === null || originalError instanceof CairnError || originalError instanceof GraphQLError) return message.replaceAll('"', "'")
        context.log.error('A GraphQL field failed unexpectedly.', { requestId: context.requestId, error: originalError.stack ?? String(originalError) })
        return `Something went wrong inside the server. Its log tells what, under request id ${context.requestId}.`
      }),
    }
  }
}

function makeSchema(): GraphQLSchema {
  const schema = buildSchema(schemaText)
  // int64 as text, since JavaScript's numbers cannot hold all of it.
  const long = schema.getType('LongString') as GraphQLScalarType
  const serialize = (value: unknown): string => String(value)
  const parseValue = (value: unknown): unknown => value
  Object.assign(long, { serialize, parseValue, coerceOutputValue: serialize, coerceInputValue: parseValue })
  return schema
}

/**
 * Fields are camelCase here and snake_case in the answers of the endpoints. What an answer leaves out
 * has protobuf's default, as in MLflow; NaN is null.
 */
const bySnakeName: GraphQLFieldResolver<unknown, Context> = (source, args, context, info) => {
  const record = source as Record<string, unknown>
  const direct = record[info.fieldName]
  if (typeof direct === 'function') return (direct as (args: unknown, context: Context) => unknown)(args, context)
  const value = record[info.fieldName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
  if (value === undefined) return info.fieldName === 'apiError' ? null : defaultOf(info.returnType)
  return value === 'NaN' ? null : value === 'Infinity' ? Number.MAX_VALUE : value === '-Infinity' ? -Number.MAX_VALUE : value
}

function defaultOf(type: GraphQLOutputType): unknown {
  if (isListType(type)) return []
  if (isObjectType(type)) return {}
  switch (String(type)) {
    case 'String': return ''
    case 'Boolean': return false
    case 'LongString': case 'Int': case 'Float': return 0
    default: return null
  }
}

type Resolver = (args: { input?: Record<string, unknown>; inputString?: string }, context: Context) => unknown

function rootFields(call: CallEndpoint): Record<string, Resolver> {
  const ask = (endpoint: string): Resolver => ({ input = {} }, context) => call(endpoint, input, context)
  const withRelations = (run: Record<string, unknown>): Record<string, unknown> => {
    const info = run['info'] as { run_id: string; experiment_id: string }
    return {
      ...run,
      experiment: async (_args: unknown, context: Context) => (await call('getExperiment', { experiment_id: info.experiment_id }, context) as { experiment: unknown }).experiment,
      modelVersions: async (_args: unknown, context: Context) =>
        (await call('searchModelVersions', { filter: `run_id='${info.run_id}'` }, context) as { model_versions?: unknown[] }).model_versions ?? [],
    }
  }
  const searchRuns: Resolver = async ({ input = {} }, context) => {
    const page = await call('searchRuns', input, context) as { runs?: Record<string, unknown>[] }
    return { ...page, runs: (page.runs ?? []).map(withRelations) }
  }
  const echo: Resolver = ({ inputString }) => ({ output: inputString })
  return {
    mlflowGetExperiment: ask('getExperiment'),
    mlflowGetMetricHistoryBulkInterval: ask('getMetricHistoryBulkInterval'),
    mlflowGetRun: async ({ input = {} }, context) => ({ run: withRelations((await call('getRun', input, context) as { run: Record<string, unknown> }).run) }),
    mlflowListArtifacts: ask('listArtifacts'),
    mlflowSearchModelVersions: ask('searchModelVersions'),
    mlflowSearchDatasets: ask('searchDatasets'),
    mlflowSearchRuns: searchRuns,
    test: echo,
    testMutation: echo,
  }
}
