import { getMetricHistoryBulkInterval, getRun } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { formatNumber, formatTime } from '../../framework/format.ts'
import type { Io, Style } from '../../framework/io.ts'
import { toJson } from '../../framework/json.ts'
import { printable } from '../../framework/text.ts'
import { clientOptions, connect, type Connection } from '../../client/connection.ts'
import { liveEvents } from '../../client/events.ts'
import { Screen } from '../../tail/screen.ts'
import { RunView } from '../../tail/view.ts'

const seededCurves = 100
const frameMs = 100

export const command = defineCommand({
  summary: 'Follow a run as it goes: its curves, or each new point where the output is no terminal.',
  details: 'Ends when the run does: with 0 when it finished, with 1 when it failed or was killed. Ctrl-C stops following; the run goes on. With --json, each event is a line.',
  args: { run: { summary: 'Its id.' } },
  options: clientOptions,
  examples: [['runs tail 3f2a9c41…', 'in a terminal'], ['runs tail 3f2a9c41… | tee log.txt', 'a line for each point'], ['runs tail 3f2a9c41… && cairn runs show 3f2a9c41…', 'wait for the end, then look']],
  run: async ({ args, options, json, io, style }) => {
    const connection = connect({ options, io })
    const view = new RunView((await connection.call(getRun, { run_id: args.run })).run.info)
    const output = json ? jsonLines(io) : io.columns === undefined ? textLines(io) : undefined
    if (output !== undefined) await follow(connection, view, output, false)
    else await onTerminal(connection, view, io, style)
    if (view.info.status === 'FAILED' || view.info.status === 'KILLED') throw new UserError(`The run "${printable(view.info.run_name)}" ended as ${view.info.status.toLowerCase()}.`)
  },
})

interface Output {
  point(key: string, value: number, step: number, timestamp: number): void
  status(view: RunView): void
  other(type: string, data: unknown): void
}

interface Points {
  readonly points: readonly { key: string; value: number | string; timestamp: number | string; step?: number | string }[]
}

/** Reads the run, then its events until it ends. `seed` reads the curves so far as well. */
async function follow(connection: Connection, view: RunView, output: Output, seed: boolean): Promise<void> {
  const run_id = view.info.run_id
  for await (const { type, data } of liveEvents(connection, { run_ids: [run_id] })) {
    if (type === 'connected' || type === 'resync' || type === 'run') {
      const { run } = await connection.call(getRun, { run_id })
      view.info = run.info
      if (seed && type !== 'run') await readCurves(connection, view, (run.data.metrics ?? []).map(({ key }) => key))
      output.status(view)
      if (view.ended) return
    } else if (type === 'points') {
      for (const { key, value, timestamp, step } of (data as Points).points) {
        view.add(key, Number(value), Number(step ?? 0))
        output.point(key, Number(value), Number(step ?? 0), Number(timestamp))
      }
    } else output.other(type, data)
  }
}

async function readCurves(connection: Connection, view: RunView, keys: readonly string[]): Promise<void> {
  await Promise.all(keys.slice(0, seededCurves).map(async (metric_key) => {
    const { metrics = [] } = await connection.call(getMetricHistoryBulkInterval, { run_ids: [view.info.run_id], metric_key, max_results: 1000 })
    const last = metrics.at(-1)
    if (last !== undefined) view.replace(metric_key, { values: metrics.map(({ value }) => Number(value)), latest: Number(last.value), step: Number(last.step) })
  }))
}

function textLines(io: Io): Output {
  let status = ''
  return {
    point: (key, value, step, timestamp) => io.write(`${formatTime(timestamp)}  step ${step}  ${printable(key)}  ${formatNumber(value)}\n`),
    status: ({ info }) => {
      if (info.status === status) return
      status = info.status
      io.write(`${formatTime(Date.now())}  ${printable(info.run_name)} is ${status.toLowerCase()}\n`)
    },
    other: () => {},
  }
}

function jsonLines(io: Io): Output {
  const line = (value: unknown): void => io.write(`${toJson(value, 0)}\n`)
  return {
    point: (key, value, step, timestamp) => line({ type: 'point', key, value, step, timestamp }),
    status: ({ info }) => line({ type: 'run', info }),
    other: (type, data) => line({ type, ...data as object }),
  }
}

async function onTerminal(connection: Connection, view: RunView, io: Io, style: Style): Promise<void> {
  using screen = new Screen(io)
  const draw = (): void => screen.draw(view.render(style, io.columns ?? 80, io.rows ?? 24, Date.now()))
  // Drawn at a steady pace, however fast points come; the clock of the run goes on as well.
  const timer = setInterval(draw, frameMs)
  try {
    await follow(connection, view, { point: () => {}, status: draw, other: () => {} }, true)
  } finally {
    clearInterval(timer)
    draw()
  }
}
