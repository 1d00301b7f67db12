import type { Static, TSchema } from './schema.ts'

/**
 * One endpoint as a value. Server routes, SDK calls, query keys of the web page, OpenAPI and the
 * reference docs loop over these values; there is no second contract.
 */
export interface Endpoint<Req extends TSchema = TSchema, Res extends TSchema = TSchema> {
  /** Unique, camelCase: `createRun`. */
  readonly name: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Which family of prefixes serves it; see `prefixes`. */
  readonly api: Api
  /** Path below the prefix, with `{name}` for a one-segment parameter and `{name*}` for the rest. */
  readonly path: string
  readonly group: string
  readonly summary: string
  readonly request: Req
  readonly response: Res
  /**
   * `json` (default): the platform reads, bounds and validates the body and writes the answer.
   * `raw`: path and query are validated the same way; the handler gets the body as a stream and
   * writes the answer itself.
   */
  readonly body: 'json' | 'raw'
  /** A GET whose fields stand in its body, as JSON, and not in the query. */
  readonly readsBody?: true
}

export const apis = ['mlflow', 'ajax', 'artifacts', 'cairn', 'root'] as const
export type Api = (typeof apis)[number]

/**
 * Where each family is served. MLflow gives each of its routes the one version that introduced it;
 * Cairn answers under both, so that no client has to know which.
 */
export const prefixes: Record<Api, readonly string[]> = {
  mlflow: ['/api/2.0/mlflow', '/api/3.0/mlflow', '/ajax-api/2.0/mlflow', '/ajax-api/3.0/mlflow'],
  ajax: ['/ajax-api/2.0/mlflow', '/ajax-api/3.0/mlflow'],
  artifacts: ['/api/2.0/mlflow-artifacts', '/api/3.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts', '/ajax-api/3.0/mlflow-artifacts'],
  cairn: ['/api/cairn/v1'],
  root: [''],
}

type Definition<Req extends TSchema, Res extends TSchema> =
  Omit<Endpoint<Req, Res>, 'body'> & { body?: 'json' | 'raw' }

export const endpoint = /* @__NO_SIDE_EFFECTS__ */ <Req extends TSchema, Res extends TSchema>(definition: Definition<Req, Res>): Endpoint<Req, Res> =>
  Object.freeze({ body: 'json', ...definition })

export type RequestOf<E> = E extends Endpoint<infer Req, TSchema> ? Static<Req> : never
export type ResponseOf<E> = E extends Endpoint<TSchema, infer Res> ? Static<Res> : never
