import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Steady {
  readonly port: number
  readonly path: string
  readonly bodies: readonly string[]
  /** Requests a second, whether or not answers come. */
  readonly perSecond: number
  readonly seconds: number
}

/**
 * Asks at a steady rate: an open loop, so that servers of different speed get the same load. Answers the milliseconds
 * of each request, counted from when it was due: one that waited for a slow one before it has waited.
 *
 * @throws where an answer is no 200
 */
export async function askSteadily({ port, path, bodies, perSecond, seconds }: Steady): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const ask = (body: string, due: number): Promise<number> => new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.resume().on('end', () => (response.statusCode === 200 ? resolve(performance.now() - due) : reject(new Error(`${path} answered ${response.statusCode}`)))).on('error', reject)
    })
    sent.on('error', reject).end(body)
  })
  const began = performance.now()
  const asked: Promise<number>[] = []
  for (let count = 0; count < perSecond * seconds; count++) {
    const due = began + (count * 1000) / perSecond
    const early = due - performance.now()
    if (early > 0) await sleep(early)
    const one = ask(bodies[count % bodies.length]!, due)
    // Told below; a refusal in between must not end the program.
    one.catch(() => {})
    asked.push(one)
  }
  try {
    return await Promise.all(asked)
  } finally {
    agent.destroy()
  }
}
