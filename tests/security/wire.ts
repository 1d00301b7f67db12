import { connect } from 'node:net'

export interface Answer {
  /** 0 where the server closed the connection without a word. */
  readonly status: number
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Sent {
  readonly method?: string
  /** `undefined` sends none. */
  readonly host?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Sends bytes as they are and gives the first answer: `fetch` would tidy up what is meant to be wrong. */
export async function exchange(url: string, bytes: string | Uint8Array, timeoutMs = 20_000): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => void pieces.push(piece))
  // A server that refuses before the whole body has arrived may reset the connection.
  socket.on('error', () => {})
  socket.setTimeout(timeoutMs, () => socket.destroy())
  socket.write(bytes)
  await new Promise((resolve) => void socket.on('close', resolve))
  return parse(Buffer.concat(pieces).toString('utf8'))
}

/** One request on a connection of its own. */
export function ask(url: string, path: string, sent: Sent = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = sent
  const host = 'host' in sent ? sent.host : new URL(url).host
  const bytes = body === undefined ? undefined : Buffer.from(body as string)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(host === undefined ? [] : [`Host: ${host}`]),
    'Connection: close',
    ...(bytes === undefined ? [] : [`Content-Length: ${bytes.length}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return exchange(url, bytes === undefined ? head : Buffer.concat([head, bytes]))
}

export function post(url: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  return ask(url, path, { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: text })
}

/** `400 INVALID_PARAMETER_VALUE`. */
export function outcome({ status, body }: Answer): string {
  try {
    return `${status} ${(JSON.parse(body) as { error_code?: string }).error_code ?? ''}`.trim()
  } catch {
    return String(status)
  }
}

function parse(text: string): Answer {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return { status: 0, headers: {}, body: text }
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()]
  }))
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(end + 4) }
}
