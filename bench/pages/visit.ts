import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { treePids, treeUse } from '../measure/process-tree.ts'
import { settle } from '../measure/meter.ts'

/** What opening a page once came to, until it had been quiet for most of a second. */
export interface Visit {
  /** From the navigation until what `ready` waits for is there. */
  readonly readyMs: number
  /** Processor time of the browser's processes and of the server's. */
  readonly browserMs: number
  readonly serverMs: number
  readonly bytes: number
  readonly requests: number
  readonly nodes: number
  readonly heapBytes: number
  /** Of tasks on the main thread, what each took beyond 50 ms. */
  readonly blockedMs: number
  readonly layoutShift: number
}

export interface Site {
  readonly url: string
  readonly pid: number
}

export interface Look {
  readonly path: string
  ready(page: Page): Promise<unknown>
}

const watch = `
  window.__blocked = 0; window.__shift = 0;
  new PerformanceObserver((list) => { for (const task of list.getEntries()) window.__blocked += Math.max(0, task.duration - 50) }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) window.__shift += one.value }).observe({ type: 'layout-shift', buffered: true });
`

export async function newContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', timezoneId: 'UTC' })
  await context.addInitScript(watch)
  return context
}

/** Opens a page in a context, whose cache decides whether the visit is a cold one. The page stays open. */
export async function visit(context: BrowserContext, browserPid: number, site: Site, { path, ready }: Look, timeoutMs = 120_000): Promise<{ visit: Visit; page: Page }> {
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  const session = await context.newCDPSession(page)
  await Promise.all([session.send('Network.enable'), session.send('Performance.enable')])
  let [bytes, requests] = [0, 0]
  // Some 400 ms go into a new tab, whatever is shown in it.
  await settle(browserPid, 60_000)
  session.on('Network.requestWillBeSent', () => { requests += 1 })
  session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
  const before = [treeUse(browserPid).cpuMs, treeUse(site.pid).cpuMs] as const
  const began = performance.now()
  await page.goto(site.url + path, { waitUntil: 'commit' })
  await ready(page)
  const readyMs = performance.now() - began
  await settle(browserPid, 60_000)
  await settle(site.pid, 10_000)
  const [browserMs, serverMs] = [treeUse(browserPid).cpuMs - before[0], treeUse(site.pid).cpuMs - before[1]]
  const { blocked, shift } = await page.evaluate('({ blocked: window.__blocked, shift: window.__shift })') as { blocked: number; shift: number }
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN
  await session.detach()
  return { page, visit: { readyMs, browserMs, serverMs, bytes, requests, nodes: metric('Nodes'), heapBytes: metric('JSHeapUsedSize'), blockedMs: blocked, layoutShift: shift } }
}

/** The browser's first process: the one below this program that has the others below it. */
export function browserPid(before: ReadonlySet<number>): number {
  const [first] = treePids(process.pid).filter((pid) => pid !== process.pid && !before.has(pid))
  if (first === undefined) throw new Error('The browser has no process of its own.')
  return first
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

export const pause = (ms: number): Promise<void> => sleep(ms)
