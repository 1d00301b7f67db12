import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { CairnClient } from '@cairn/sdk'
import { clientOptions as fromEnvironment, folderOfServer, queueFolder } from '@cairn/sdk/node'
import type { RunContext } from '@cairn/runner'
import type { Io, Style } from '../framework/io.ts'
import { version } from '../installation.ts'

interface Reaching {
  readonly options: { readonly 'tracking-uri': string }
  readonly io: Io
  readonly style: Style
  readonly json: boolean
}

/** The world of a command as one that projects run in. */
export function runContext({ options, io, style, json }: Reaching): RunContext {
  const trackingUri = options['tracking-uri']
  // A person waits: what is to be sent later has its queue, so few attempts are enough.
  const client = new CairnClient({ ...fromEnvironment(io.env), url: trackingUri, retries: 3 })
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() }
  const queue = queueFolder(io.env)
  return {
    client, trackingUri, env: io.env, cwd: io.cwd, version: version(), signal: io.signal,
    queue: { batches: folderOfServer(queue, client.transport.place), files: folderOfServer(join(queue, '..', 'run-files'), client.transport.place), logs: join(queue, '..', 'run-logs') },
    // With --json standard output is the answer's alone.
    output: (stream, chunk) => (stream === 'stdout' && !json ? io.write : io.warn)(decoders[stream].write(chunk)),
    say: (line) => io.warn(`${style.dim(`cairn: ${line}`)}\n`),
    signals: io.takeSignals ?? ((take) => {
      const once = (): void => take('SIGINT')
      io.signal.addEventListener('abort', once, { once: true })
      return { [Symbol.dispose]: () => io.signal.removeEventListener('abort', once) }
    }),
  }
}
