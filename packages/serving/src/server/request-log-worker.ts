/** The thread of `request-log.ts`: makes JSON lines or Parquet of requests and writes them. */
import { parentPort, workerData } from 'node:worker_threads'
import { openJsonLines } from './json-lines.ts'
import { openParquetFolder } from './parquet-folder.ts'
import type { FromLog, LogSettings, ToLog } from './request-log.ts'

const settings = workerData as LogSettings
const port = parentPort!
const sink = settings.format === 'parquet' ? openParquetFolder(settings) : openJsonLines(settings)
const tell = (message: FromLog): void => port.postMessage(message)

/** What goes wrong is told, and does not end the thread: the disk may have room again. */
function attempt(count: number, bytes: number, work: () => void): void {
  try {
    work()
    if (count > 0) tell({ written: count, lost: 0, bytes })
  } catch (error) {
    const { message, lost = count } = error as Error & { lost?: number }
    tell({ written: count - lost, lost, bytes, error: message })
  }
}

const timer = setInterval(() => attempt(0, 0, () => sink.tick()), 1000)

port.on('message', (message: ToLog) => {
  if ('entries' in message) {
    const bytes = message.entries.reduce((sum, { input, output }) => sum + input.length + output.length, 0)
    return attempt(message.entries.length, bytes, () => sink.write(message.entries))
  }
  clearInterval(timer)
  attempt(0, 0, () => sink.end())
  tell({ ended: true })
  port.close()
})
