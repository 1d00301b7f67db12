/**
 * Reads HTTP/1.1 answers off a connection: status, length and, when asked, the body. Nothing more,
 * because whatever the generator spends is taken from the machine that the server runs on.
 */
export interface Answer {
  readonly status: number
  /** Body bytes on the wire, without chunk framing. */
  readonly bytes: number
  /** The body when `keep` is 'all', its last kilobyte when 'tail', otherwise only that of an error. */
  readonly body: Buffer
  /** The server ends the connection after this answer. */
  readonly closes: boolean
}

type State = 'head' | 'length' | 'close' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer'
type Keep = 'nothing' | 'tail' | 'all'

const tailBytes = 1024
const empty = Buffer.alloc(0)

export function answerReader(onAnswer: (answer: Answer) => void): { keep: Keep; push(chunk: Buffer): void; end(): void } {
  let held: Buffer = empty
  let state: State = 'head' as State
  let status = 0
  let closes = false
  let left = 0
  let bytes = 0
  let kept: Buffer[] = []

  const finish = () => {
    const answer = { status, bytes, body: kept.length === 0 ? empty : Buffer.concat(kept), closes }
    state = 'head'
    kept = []
    onAnswer(answer)
  }

  const body = (part: Buffer) => {
    bytes += part.length
    if (reader.keep === 'nothing' && status < 300) return
    // A copy: the socket reads into one buffer over and over.
    kept.push(Buffer.from(reader.keep === 'tail' ? part.subarray(-tailBytes) : part))
    if (reader.keep === 'tail' && kept.length > 1) kept = [Buffer.concat(kept).subarray(-tailBytes)]
  }

  /** Up to and without the next CRLF, or undefined if that has not arrived. */
  const line = (data: Buffer, at: number): string | undefined => {
    const end = data.indexOf('\r\n', at)
    return end === -1 ? undefined : data.toString('latin1', at, end)
  }

  const head = (data: Buffer, at: number): number => {
    const end = data.indexOf('\r\n\r\n', at)
    if (end === -1) return -1
    const text = data.toString('latin1', at, end)
    status = Number(text.slice(9, 12))
    bytes = 0
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)
    closes = /\r\nconnection: *close/i.test(text)
    if (length !== null) {
      left = Number(length[1])
      state = 'length'
    } else if (/\r\ntransfer-encoding: *chunked/i.test(text)) state = 'chunk-size'
    else if (status === 204 || status === 304) {
      left = 0
      state = 'length'
    } else {
      closes = true
      state = 'close'
    }
    return end + 4
  }

  const reader = {
    keep: 'nothing' as Keep,
    push(chunk: Buffer) {
      const data = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      held = empty
      let at = 0
      const wait = () => { held = Buffer.from(data.subarray(at)) }
      for (;;) {
        if (state === 'head') {
          if (at === data.length) return
          const next = head(data, at)
          if (next === -1) return wait()
          at = next
          if ((state as State) === 'length' && left === 0) finish()
        } else if (state === 'length' || state === 'chunk') {
          if (at === data.length) return
          const part = data.subarray(at, at + left)
          at += part.length
          left -= part.length
          body(part)
          if (left > 0) return
          if (state === 'length') finish()
          else state = 'chunk-end'
        } else if (state === 'close') {
          body(data.subarray(at))
          return
        } else {
          const text = line(data, at)
          if (text === undefined) return wait()
          at += text.length + 2
          if (state === 'chunk-end') state = 'chunk-size'
          else if (state === 'trailer') {
            if (text === '') finish()
          } else {
            left = Number.parseInt(text, 16)
            state = left === 0 ? 'trailer' : 'chunk'
          }
        }
      }
    },
    /** The server ended the connection, which is how a body without a length ends. */
    end() {
      if (state === 'close') finish()
    },
  }
  return reader
}
