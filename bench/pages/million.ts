import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import type { Page } from 'playwright-core'
import { narrowRuns, spikes } from '../data/dataset.ts'
import { startWithData } from '../data/place-data.ts'
import { treeUse } from '../measure/process-tree.ts'
import type { Peer, Server } from '../servers/server.ts'
import { zooming } from './at-hand.ts'
import type { Bench } from './tables.ts'
import { calm, pause, siteOf, withElements } from './visit.ts'

const widths = [300, 320, 390, 600, 900, 1200, 1440]

/**
 * Spikes that can be told apart in the picture itself: strokes that cross the height of half a spike, above and below.
 * The curve has a canvas of its own; its highest and lowest pixels are the greatest and the least of the spikes.
 */
export const spikesSeen = (page: Page, plot: string): Promise<number> => page.evaluate(`{
  const plot = document.querySelector(${JSON.stringify(plot)})
  const highest = Number(plot.dataset.highest), lowest = Number(plot.dataset.lowest)
  const { width, height, data } = (([, canvas]) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height))(plot.querySelectorAll('canvas'))
  const inked = (x, y) => data[4 * (y * width + x) + 3] > 40
  const rows = Array.from({ length: height }, (_, y) => y).filter((y) => Array.from({ length: width }, (_, x) => x).some((x) => inked(x, y)))
  const [top, bottom] = [rows[0], rows.at(-1)]
  const strokes = (value) => {
    const y = Math.round(top + (highest - value) / (highest - lowest) * (bottom - top))
    let count = 0
    for (let x = 0; x < width; x += 1) if (inked(x, y) && !(x > 0 && inked(x - 1, y))) count += 1
    return count
  }
  strokes(50) + strokes(-50)
}`)

/** Processor time of the server for the curve, of as many buckets as panels of different widths have; each is asked for once. */
async function answering(server: Server, run: string): Promise<number> {
  const client = new CairnClient({ url: siteOf(server).url })
  const times = 40
  const before = treeUse(server.pid).cpuMs
  for (let at = 0; at < times; at += 1) await client.metrics.series({ run_ids: [run], keys: ['loss'], buckets: 700 + at * 5, precision: 'float32' })
  return (treeUse(server.pid).cpuMs - before) / times
}

/** A curve of a million points, with spikes that a chart must not lose. */
export async function million({ quick, folder, generator, watcher, say, check, said, line }: Bench, ours: Peer, theirs: Peer): Promise<void> {
  const [runs, points] = quick ? [3000, 50_000] : [100_000, 1_000_000]
  say(`a curve of ${points} points, among ${runs} runs`)
  const seed = { runs, shape: narrowRuns, curvePoints: points }
  const planted = spikes(points)
  const { server, curveRun } = await startWithData(ours, join(folder, 'million-cairn'), seed, generator)
  await using ourServer = server
  const site = siteOf(ourServer)
  await calm(ourServer)
  const plot = '[data-metric="loss"] .plot'
  const mine = await watcher.visits(site, { path: `/runs/${curveRun}`, ready: withElements(`${plot}[data-highest="${Math.max(...planted)}"]`) }, async (page) => {
    let seen = 0
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 })
      await pause(500)
      if (await spikesSeen(page, plot) === planted.length) seen += 1
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    await pause(500)
    const text = await page.locator('[data-metric="loss"]').first().textContent() ?? ''
    const stated = `${points.toLocaleString('en-US')} points, lowest to highest of each pixel`
    said('the number of points is stated, and what is drawn of them', text.includes(stated) ? stated : 'no', text.includes(stated))
    const last = await page.locator(plot).getAttribute('data-last')
    said('the last point of the curve is where it was logged', `step ${last}`, last === String(points - 1))
    await zooming(page, plot, 0.02)
    check('zoom from some thousand points to each of them', await zooming(page, plot, 0.02), 100, 'ms')
    said(`each of ${planted.length} spikes among ${points.toLocaleString('en-US')} points stands in the picture, at ${widths.length} widths from ${widths[0]} to ${widths.at(-1)} px`, `${seen} of ${widths.length}`, seen === widths.length)
  })
  check(`${points.toLocaleString('en-US')} points, the server’s processor time for an answer to the chart`, await answering(ourServer, curveRun), 30, 'ms')
  check(`${points.toLocaleString('en-US')} points, ready from a cold cache`, mine.readyMs, 300, 'ms')
  const { server: peer, curveRun: theirRun } = await startWithData(theirs, join(folder, 'million-mlflow'), seed, generator)
  await using theirServer = peer
  line({
    title: `one run with a curve of ${points.toLocaleString('en-US')} points`, target: '', ours: mine,
    theirs: await watcher.visits(siteOf(theirServer), { path: `/#/experiments/0/runs/${theirRun}/model-metrics`, ready: withElements('.js-plotly-plot .trace path.js-line') }),
  })
}
