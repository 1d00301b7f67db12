import { graphql as graphqlEndpoint, graphqlByGet, missing, parser, type RequestOf } from '@cairn/protocol'
import { Reply, route, type Context, type Route } from '../platform/http/index.ts'
import type { Answer, Executor } from './execute.ts'
import type { QueryLimits } from './limits.ts'

/** `routes` are the endpoints that queries stand for; the library loads when the first query comes. */
export function graphqlRoutes(routes: readonly Route[], limits: QueryLimits): Route[] {
  const byName = new Map(routes.map((item) => [item.endpoint.name, item]))
  async function call(name: string, input: object, context: Context): Promise<unknown> {
    const { endpoint, handle } = byName.get(name)!
    // A variable that is null is one that was not given.
    const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null && value !== undefined))
    const answer = await (handle as (input: unknown, context: Context) => unknown)(parser(endpoint.request).object(given), context)
    return answer instanceof Reply ? JSON.parse(await textOf(answer)) : answer
  }
  let executor: Promise<Executor> | undefined
  const run = async ({ query, variables, operation_name }: RequestOf<typeof graphqlEndpoint>, context: Context): Promise<Answer> => {
    if (query === undefined || query === '') throw missing('query')
    executor ??= import('./execute.ts').then((module) => module.executor(call, limits))
    return (await executor)({
      query, operationName: operation_name,
      variables: typeof variables === 'object' && variables !== null ? variables as Record<string, unknown> : undefined,
    }, context)
  }
  return [
    route(graphqlEndpoint, run),
    route(graphqlByGet, run),
  ]
}

async function textOf({ body }: Reply): Promise<string> {
  if (body === undefined) return ''
  if (typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8')
  const pieces: Uint8Array[] = []
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces).toString('utf8')
}
