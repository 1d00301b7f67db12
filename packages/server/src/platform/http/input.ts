import type { IncomingMessage } from 'node:http'
import { invalid, parser, type CairnError, type Described, type Endpoint, type Parser } from '@cairn/protocol'
import { readText } from './body.ts'

/** What the path brings, by name. */
export type PathParams = Readonly<Record<string, string>> | undefined
export type ReadInput = (request: IncomingMessage, params: PathParams) => unknown

/** Reads and validates what a request carries: path, query or body, in that order of rank. */
export function inputReader(endpoint: Endpoint, bodyLimit: number): ReadInput {
  // Compiling 200 schemas at the start would double the time to the first answer.
  let parse: Parser<unknown> | undefined
  const schema = (): Parser<unknown> => parse ??= parser(endpoint.request)
  const names = [...endpoint.path.matchAll(/\{(\w+)\*?\}/g)].map((match) => match[1]!)
  const hasFields = Object.keys((endpoint.request as unknown as Described)['x-fields'] ?? {}).length > names.length
  if ((endpoint.method === 'GET' && endpoint.readsBody !== true) || endpoint.body === 'raw') {
    return (request, params) => {
      const url = request.url!
      const at = url.indexOf('?')
      const query = new URLSearchParams(at < 0 ? '' : url.slice(at + 1))
      for (const name of names) query.set(name, params![name]!)
      return schema().query(query)
    }
  }
  if (names.length === 0) {
    return (request) => {
      // MLflow names the missing parameter where a PATCH or DELETE brings nothing at all.
      if (endpoint.method !== 'POST' && !hasBody(request)) return schema().body('')
      // MLflow does not look at the type of a GET's body; a page from elsewhere cannot send one.
      if (endpoint.method !== 'GET') requireJson(request)
      return readText(request, bodyLimit).then((text) => schema().body(text))
    }
  }
  return (request, params) => {
    if (!hasFields || (endpoint.method === 'DELETE' && !hasBody(request))) return schema().object({ ...params })
    requireJson(request)
    return readText(request, bodyLimit).then((text) => schema().bodyWith(text, (value) => Object.assign(value, params)))
  }
}

export const hasBody = (request: IncomingMessage): boolean =>
  request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']
  if (type === undefined) throw invalid('Bad Request. Content-Type header is missing.')
  if (type !== 'application/json' && type.split(';', 1)[0]!.trim().toLowerCase() !== 'application/json') throw wrongMediaType()
}

const wrongMediaType = (): CairnError => invalid("Bad Request. Content-Type must be one of ['application/json'].")
