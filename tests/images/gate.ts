import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface GateOptions {
  /** The registry behind it. */
  readonly target: string
  readonly auth?: 'basic' | 'token' | undefined
  readonly user?: string
  readonly password?: string
  /** A refresh token that gets tokens too. */
  readonly identity?: string
  /** Answers instead of the registry; true where it did. */
  readonly intercept?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean
  /** Closes the connection in place of an answer that the registry has given. */
  readonly lose?: (incoming: IncomingMessage) => boolean
}

export interface Gate extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string
  readonly seen: { readonly method: string; readonly url: string; readonly authorization: string | undefined }[]
}

/** Stands in front of a registry as a company's gateway does: asks who it is, sends elsewhere, breaks off. */
export async function startGate({ target, auth, user = '', password = '', identity, intercept, lose }: GateOptions): Promise<Gate> {
  const seen: { method: string; url: string; authorization: string | undefined }[] = []
  const basic = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  let host = ''
  const tokenFor = (scopes: readonly string[]): string => Buffer.from(scopes.join(' ')).toString('base64url')
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming
    seen.push({ method, url, authorization: headers.authorization })
    const answer = (status: number, body: unknown, more: Record<string, string> = {}): void => {
      incoming.resume()
      outgoing.writeHead(status, { 'content-type': 'application/json', ...more }).end(JSON.stringify(body))
    }
    if (url.startsWith('/token')) {
      let text = ''
      incoming.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).once('end', () => {
        const asked = new URL(url, 'http://gate').searchParams
        const form = new URLSearchParams(text)
        const known = method === 'POST' ? identity !== undefined && form.get('grant_type') === 'refresh_token' && form.get('refresh_token') === identity : headers.authorization === basic
        if (!known || (asked.get('service') ?? form.get('service')) !== 'gate') answer(401, { errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }] })
        else answer(200, { token: tokenFor(method === 'POST' ? form.get('scope')!.split(' ') : asked.getAll('scope')) })
      })
      return
    }
    const repository = /^\/v2\/(.+?)\/(?:blobs|manifests)\//.exec(url)?.[1] ?? ''
    const action = method === 'GET' || method === 'HEAD' ? 'pull' : 'pull,push'
    const scopes = Buffer.from((headers.authorization ?? '').replace(/^Bearer /, ''), 'base64url').toString().split(' ')
    const may = auth === undefined || (auth === 'basic' ? headers.authorization === basic : scopes.some((scope) => scope.startsWith(`repository:${repository}:`) && scope.includes(action)))
    if (!may) return answer(401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }, { 'www-authenticate': auth === 'basic' ? 'Basic realm="gate"' : `Bearer realm="http://${host}/token",service="gate",scope="repository:${repository}:${action}"` })
    if (intercept?.(incoming, outgoing) === true) return
    const onward = request(new URL(url, target), { method, headers: { ...headers, host: new URL(target).host } }, (response) => {
      if (lose?.(incoming) === true) {
        response.resume().once('end', () => outgoing.destroy())
        return
      }
      outgoing.writeHead(response.statusCode!, response.headers)
      response.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host, seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
