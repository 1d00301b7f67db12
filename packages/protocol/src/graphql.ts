import { endpoint } from './endpoint.ts'
import { Any, answer, message, Str } from './schema.ts'

export const graphql = endpoint({
  name: 'graphql', method: 'POST', api: 'root', path: '/graphql', group: 'graphql',
  summary: 'MLflow\'s GraphQL queries: at most 10 root fields, 10 aliases, depth 10, 1,000 selections.',
  request: message({}, {
    query: Str,
    variables: Any,
    /** Clients write `operationName`. */
    operation_name: Str,
  }),
  /** `errors` is null or a list of texts. */
  response: answer({ data: Any, errors: Any }),
})

export const graphqlEndpoints = [graphql] as const
