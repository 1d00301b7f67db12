import { parseArgs } from 'node:util'
import type { CDPSession } from 'playwright-core'
import { openBrowser, look, startSite } from '../tests/browser/browser.ts'

/**
 * What the workspace of an experiment weighs: bytes of the first and the second visit, elements, heap,
 * questions asked of the server, and how long `End` takes.
 *
 *     node --conditions=source tools/measure-workspace.ts --runs 10000
 *
 * Build the page first (npm run build -w packages/web).
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' }, keys: { type: 'string', default: '20' }, query: { type: 'string', default: '' } } })
const runs = Number(values.runs)
const keys = Number(values.keys)

await using site = await startSite()
const id = await site.client.experiments.create({ name: 'measured' })
const together = 50
for (let from = 0; from < runs; from += together) {
  await Promise.all(Array.from({ length: Math.min(together, runs - from) }, async (_, at) => {
    const index = from + at
    const { info } = await site.client.runs.create({ experiment_id: id, run_name: `trial-${index}`, start_time: 1_000_000 + index, tags: Array.from({ length: 5 }, (__, tag) => ({ key: `tag${tag}`, value: `value ${index % (tag + 2)}` })) })
    const params = Array.from({ length: keys }, (__, key) => ({ key: `param_${key}`, value: String((index * (key + 3)) % 97) }))
    const metrics = Array.from({ length: keys }, (__, key) => ({ key: `metric_${key}`, value: Math.sin(index * (key + 1)), timestamp: 1, step: 0 }))
    for (let part = 0; part === 0 || part < keys; part += 100) await site.client.runs.logBatch({ run_id: info.run_id, params: params.slice(part, part + 100), metrics: metrics.slice(part, part + 100) })
    await site.client.runs.update({ run_id: info.run_id, status: 'FINISHED', end_time: 1_000_000 + index + 60_000 })
  }))
}

const browser = await openBrowser()
const { page, context } = await look(browser)
const session: CDPSession = await context.newCDPSession(page)
await session.send('Network.enable')
await session.send('Performance.enable')
let bytes = 0
let asked: string[] = []
session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
page.on('request', (request) => asked.push(new URL(request.url()).pathname))
const address = `${site.url}/experiments/${id}${values.query}`

async function visit(name: string): Promise<void> {
  bytes = 0
  asked = []
  const began = performance.now()
  await page.goto(address)
  await page.getByRole('link', { name: `trial-${runs - 1}`, exact: true }).waitFor()
  const ready = performance.now() - began
  await page.waitForTimeout(2500)
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (wanted: string): number => metrics.find((one) => one.name === wanted)!.value
  const elements = await page.evaluate('document.querySelectorAll("*").length') as number
  const [api, files] = [asked.filter((path) => path.includes('/api/')), asked.filter((path) => !path.includes('/api/'))]
  console.log(`${name}: ready ${ready.toFixed(0)} ms, ${(bytes / 1000).toFixed(1)} kB, ${asked.length} requests (${files.length} files; ${api.map((path) => path.split('/').slice(-2).join('/')).join(', ')}), ${elements} elements, ${(metric('JSHeapUsedSize') / 1e6).toFixed(1)} MB heap, script ${(metric('ScriptDuration') * 1000).toFixed(0)} ms, task ${(metric('TaskDuration') * 1000).toFixed(0)} ms, layout shift ${await shift()}`)
}

const shift = (): Promise<string> => page.evaluate(`new Promise((done) => { let sum = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value }).observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(sum.toFixed(4)), 100) })`)

await visit('first visit')
await visit('second visit')
await page.getByRole('grid', { name: 'Runs' }).focus()
const times: number[] = []
for (let round = 0; round < 5; round += 1) {
  for (const [key, name] of [['End', 'trial-0'], ['Home', `trial-${runs - 1}`]] as const) {
    const began = performance.now()
    await page.keyboard.press(key)
    await page.getByRole('link', { name, exact: true }).waitFor()
    if (key === 'End') times.push(performance.now() - began)
  }
}
console.log(`End: ${times.map((time) => time.toFixed(0)).join(', ')} ms`)
await browser.close()
