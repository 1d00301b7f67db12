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

/** The body of a GET is the POST's; a query in the address is not read, as in MLflow: an address is what another site could have a browser ask for. */
export const graphqlByGet = endpoint({
  name: 'graphqlByGet', method: 'GET', api: 'root', path: '/graphql', group: 'graphql', readsBody: true,
  summary: 'The same by GET, with the same JSON as its body.',
  request: graphql.request, response: graphql.response,
})

export const graphqlEndpoints = [graphql, graphqlByGet] as const
