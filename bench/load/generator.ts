/**
 * The process that makes load: plain sockets, requests built beforehand, no pipelining. It takes
 * jobs from its parent one after the other and reports what came of each.
 */
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { percentile } from '../measure/statistics.ts'
import { answerReader } from './answer-reader.ts'
import { lateMessage, type Group, type GroupOutcome, type Job, type Outcome, type Reply } from './job.ts'
import { talks, type Talk } from './scripts.ts'

interface Clock {
  readonly begin: number
  readonly end: number
}

/** Speaks until the talk is over, the clock has run out or the group has done enough. */
function speak(port: number, talk: Talk, clock: Clock, tally: ReturnType<typeof tallyFor>, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve, reject) => {
    let began = 0
    let socket: Socket
    let reconnecting = false
    let over = false

    const finish = () => {
      over = true
      socket.end()
      resolve()
    }
    const send = (bytes: Buffer | undefined) => {
      if (bytes === undefined) return false
      tally.requests += 1
      if (!reconnecting) socket.write(bytes)
      else open(() => socket.write(bytes))
      return true
    }
    const begin = () => {
      began = performance.now()
      if (began >= clock.end || tally.left <= 0) return finish()
      tally.left -= 1
      if (!send(talk.first())) {
        tally.left += 1
        finish()
      }
    }
    const reader = answerReader(answer => {
      if (answer.status < 200 || answer.status > 299) {
        reject(new Error(`status ${answer.status} after ${tally.latencies.length} operations: ${answer.body.toString('utf8', 0, 400)}`))
        return
      }
      tally.bytes += answer.bytes
      reconnecting = answer.closes
      try {
        if (send(talk.next(answer))) return
      } catch (error) {
        reject(error as Error)
        return
      }
      const now = performance.now()
      tally.latencies.push(now - began)
      tally.last = now
      begin()
    })
    reader.keep = talk.keep

    const open = (then: () => void) => {
      const buffer = Buffer.allocUnsafe(256 * 1024)
      const mine = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback: (length, data) => {
        reader.push(Buffer.from(data.buffer, data.byteOffset, length))
        return true
      } } }, () => {
        reconnecting = false
        then()
      })
      socket = mine
      sockets.add(mine)
      mine.on('error', reject)
      mine.on('close', () => {
        sockets.delete(mine)
        if (mine !== socket || over) return
        reader.end()
        if (!reconnecting && !over) reject(new Error('the server closed the connection in the middle'))
      })
    }
    open(begin)
  })
}

const tallyFor = (group: Group) => ({ left: group.maxOperations, requests: 0, bytes: 0, last: 0, latencies: [] as number[] })

function outcomeOf(tally: ReturnType<typeof tallyFor>, clock: Clock): GroupOutcome {
  const sorted = Float64Array.from(tally.latencies).sort()
  return {
    operations: sorted.length,
    requests: tally.requests,
    seconds: (tally.last - clock.begin) / 1000,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    maxMs: percentile(sorted, 1),
    bytesReceived: tally.bytes,
  }
}

async function run(job: Job): Promise<Outcome> {
  const sockets = new Set<Socket>()
  const prepared = job.groups.map(group => ({ group, talks: talks(group.script, job.port, group.connections), tally: tallyFor(group) }))
  const begin = performance.now()
  const clock = { begin, end: begin + job.seconds * 1000 }
  let limit: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error(`${lateMessage} ${job.limitSeconds} s`)), job.limitSeconds * 1000)
  })
  try {
    await Promise.race([late, Promise.all(prepared.flatMap(({ talks, tally }) => talks.map(talk => speak(job.port, talk, clock, tally, sockets))))])
    return Object.fromEntries(prepared.map(({ group, tally }) => [group.name, outcomeOf(tally, clock)]))
  } finally {
    clearTimeout(limit)
    for (const socket of sockets) socket.destroy()
  }
}

process.on('message', (job: Job) => {
  run(job).then(
    (outcome): Reply => ({ outcome }),
    (error: Error): Reply => ({ error: error.message }),
  ).then(reply => process.send?.(reply))
})
process.on('disconnect', () => process.exit())
