import { createServer as createHttp, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A call as a receiver saw it. */
export interface Received {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly received: Received[]
  /** Resolves when so many calls have come. */
  calls(count: number): Promise<Received[]>
}

/** A real receiver of webhooks on this machine, for https under the name `hooks.example`. */
export async function startReceiver(answer: (response: ServerResponse, call: number) => void = (response) => { response.end('ok') }, tls = false): Promise<Receiver> {
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const piece of request) body += String(piece)
    received.push({ headers: request.headers, body })
    answer(response, received.length)
    for (const look of waiting) look()
  }
  const server: Server = tls ? createHttps({ key, cert }, (request, response) => void handle(request, response)) : createHttp((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    received,
    url: tls ? `https://hooks.example:${port}/hook` : `http://127.0.0.1:${port}/hook`,
    calls: (count) => new Promise((resolve) => {
      const look = (): void => {
        if (received.length < count) return
        waiting.delete(look)
        resolve(received)
      }
      waiting.add(look)
      look()
    }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

// Made for these tests and good for nothing else; it is in force until 2126.
export const cert = `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUF06Y17mWrHjs4IADxx+wvKKjf9wwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTAgFw0yNjExMjUxNTI4MTdaGA8yMTI2
MTEwMTE1MjgxN1owGDEWMBQGA1UEAwwNaG9va3MuZXhhbXBsZTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABDwm/pCJbnEqAyYE2glSnwqyLdY5cxxOeYx5u7E7ZluX
nx+YsZgrz2dbMyC5bhLaykzqK1EUrcyDOjHIyWj7S9qjbTBrMB0GA1UdDgQWBBQc
NsONkN1UGrRc8KbOKqLm9yBXoTAfBgNVHSMEGDAWgBQcNsONkN1UGrRc8KbOKqLm
9yBXoTAPBgNVHRMBAf8EBTADAQH/MBgGA1UdEQQRMA+CDWhvb2tzLmV4YW1wbGUw
CgYIKoZIzj0EAwIDSQAwRgIhAI4Qgtq0TimChr4GpQPCp5rWbhruWNiAKtlLeIpv
ZjFwAiEA0yHlHazkLPeVW51Asu2JD6iMpX+q5g1qBm3t5YIDY+E=
-----END CERTIFICATE-----
`
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwbV7ecY7O/dTzSnu
H13hkdTJ6iZn+ddhbkp+Y7ztINehRANCAAQ8Jv6QiW5xKgMmBNoJUp8Ksi3WOXMc
TnmMebuxO2Zbl58fmLGYK89nWzMguW4S2spM6itRFK3MgzoxyMlo+0va
-----END PRIVATE KEY-----
`
