import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ActiveRun, isNotFound } from '@cairn/sdk'
import { diskQueue } from '@cairn/sdk/node'
import { consoleFile, segmentFolder } from '../console/console-log.ts'
import { RunFiles } from '../console/run-files.ts'
import { processStart } from '../system/proc.ts'
import type { RunContext } from './context.ts'
import { cairnTags } from './tags.ts'

/** Who follows a run: beside its log, for as long as it is followed. */
interface Follower {
  readonly run_id: string
  readonly url: string
  readonly host: string
  readonly pid: number
  /** When that process started, so that another one with its number is not taken for it. */
  readonly started: string | undefined
}

const fileOf = (logs: string, runId: string): string => join(logs, `${runId}.json`)

/** Notes that this process follows a run; dispose of it when the run has ended. */
export async function noteFollower({ client, queue }: RunContext, runId: string): Promise<AsyncDisposable> {
  await mkdir(queue.logs, { recursive: true })
  const follower: Follower = { run_id: runId, url: client.url, host: hostname(), pid: process.pid, started: processStart(process.pid) }
  await writeFile(fileOf(queue.logs, runId), JSON.stringify(follower))
  return { [Symbol.asyncDispose]: () => rm(fileOf(queue.logs, runId), { force: true }) }
}

/**
 * Ends the runs whose Cairn was killed, or went down with its machine: their logs are stored, and they
 * are FAILED unless they ended themselves. One whose command still runs is left alone.
 */
export async function endOrphans(context: RunContext): Promise<void> {
  const { client, queue } = context
  for (const name of (await readdir(queue.logs).catch(() => [])).filter((one) => one.endsWith('.json'))) {
    const follower = await readFile(join(queue.logs, name), 'utf8').then((text) => JSON.parse(text) as Follower, () => undefined)
    if (follower === undefined || follower.url !== client.url || follower.host !== hostname()) continue
    const started = processStart(follower.pid)
    if (isAlive(follower.pid) && (started === undefined || started === follower.started)) continue
    if (commandRuns(follower.run_id)) continue
    await endOrphan(follower.run_id, context)
  }
}

async function endOrphan(runId: string, { client, queue, say }: RunContext): Promise<void> {
  const log = join(queue.logs, `${runId}.log`)
  const info = await client.runs.get(runId).then((run) => run.info, (error: unknown) => {
    if (!isNotFound(error)) throw error
  })
  if (info !== undefined) {
    const logged = await stat(log).then(({ size }) => size > 0, () => false)
    if (logged && await new RunFiles(client, info, queue.files, say).putFile(consoleFile, log)) await client.artifacts.delete(runId, segmentFolder).catch(() => {})
    if (!['FINISHED', 'FAILED', 'KILLED'].includes(info.status)) {
      const run = new ActiveRun(client, info, { store: diskQueue(queue.batches) }, () => {})
      run.setTag(cairnTags.failure, 'Cairn was killed, or its machine went down, before the run had ended')
      await run.end('FAILED')
      say(`Run ${runId} had lost its Cairn; it is failed now, with its log.`)
    }
  }
  await rm(log, { force: true })
  await rm(fileOf(queue.logs, runId), { force: true })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether a process here belongs to the run, by the variable that it was given. */
function commandRuns(runId: string): boolean {
  try {
    return readdirSync('/proc').some((name) => {
      if (!/^\d+$/.test(name)) return false
      try {
        return readFileSync(`/proc/${name}/environ`, 'latin1').includes(`MLFLOW_RUN_ID=${runId}\0`)
      } catch {
        return false
      }
    })
  } catch {
    return false
  }
}
