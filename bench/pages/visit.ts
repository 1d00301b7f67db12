import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { treePids, treeUse } from '../measure/process-tree.ts'
import { settle } from '../measure/meter.ts'
import type { Server } from '../servers/server.ts'

/** What opening a page once came to, until it had been quiet for most of a second. */
export interface Visit {
  /** From the navigation, as the page itself counts its time, until what `ready` says is painted. */
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

export const siteOf = (server: Server): Site => ({ url: `http://127.0.0.1:${server.port}`, pid: server.pid })

export interface Look {
  readonly path: string
  /** What is true in the page once it shows what one came for: an expression of `withText` or `withElements`. */
  readonly ready: string
  /** What else is watched, before the page is gone to. */
  watch?(page: Page): void
}

/** In sight stands a text that is this, or with `part` one that holds it. */
export const withText = (text: string, part = false): string => `((walker) => {
  for (let node = walker?.nextNode(); node; node = walker.nextNode()) {
    // React writes "Version {n}" as two texts.
    const { parentElement } = node, whole = parentElement.textContent
    if (${part ? `whole.includes(${JSON.stringify(text)})` : `whole.trim() === ${JSON.stringify(text)}`} && parentElement.getClientRects().length > 0) return true
  }
  return false
})(document.body && document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT))`

/** There are so many elements of a kind. */
export const withElements = (selector: string, least = 1): string => `document.querySelectorAll(${JSON.stringify(selector)}).length >= ${least}`

/**
 * Looks at every frame until something is there, and gives the time at which that frame has been painted. From outside, a driver
 * looks again after 20, 50, 100, 100 and then every 500 ms: what is there after 300 ms it sees after 800.
 */
const whenPainted = (shown: string, done: string): string => `{
  const painted = new MessageChannel()
  painted.port1.onmessage = () => { painted.port1.close(); (${done})(performance.now()) }
  const look = () => { if (${shown}) painted.port2.postMessage(''); else requestAnimationFrame(look) }
  requestAnimationFrame(look)
}`

/** What never comes is not waited for. */
const orNever = (promise: string): string => `Promise.race([${promise}, new Promise((done) => setTimeout(done, 20000, Infinity))])`

/** From an input, by its own time, until what it leads to is painted. */
export async function untilPainted(page: Page, input: 'keydown' | 'click', act: () => Promise<unknown>, shown: string): Promise<number> {
  await page.evaluate(`void (window.__painted = new Promise((done) => addEventListener('${input}', (event) => ${whenPainted(shown, '(at) => done(at - event.timeStamp)')}, { once: true, capture: true })))`)
  await act()
  return page.evaluate(orNever('window.__painted'))
}

/** Until something is painted, from now. */
export const paintedAfter = (page: Page, shown: string): Promise<number> =>
  page.evaluate(orNever(`new Promise((done) => { const began = performance.now(); ${whenPainted(shown, '(at) => done(at - began)')} })`))

/** From Back until what it leads to is painted. */
export const backPainted = (page: Page, shown: string): Promise<number> =>
  page.evaluate(`new Promise((done) => { const began = performance.now(); history.back(); ${whenPainted(shown, '(at) => done(at - began)')} })`)

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
export async function visit(context: BrowserContext, browserPid: number, site: Site, { path, ready, watch }: Look, timeoutMs = 120_000): Promise<{ visit: Visit; page: Page }> {
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  await page.addInitScript(`if (window === top) window.__ready = new Promise((done) => ${whenPainted(ready, 'done')})`)
  watch?.(page)
  const session = await context.newCDPSession(page)
  await Promise.all([session.send('Network.enable'), session.send('Performance.enable')])
  let [bytes, requests] = [0, 0]
  // Some 400 ms go into a new tab, whatever is shown in it.
  await settle(browserPid, 60_000)
  session.on('Network.requestWillBeSent', () => { requests += 1 })
  session.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength })
  const before = [treeUse(browserPid).cpuMs, treeUse(site.pid).cpuMs] as const
  await page.goto(site.url + path, { waitUntil: 'commit' })
  const readyMs = await page.evaluate(`Promise.race([window.__ready, new Promise((_, fail) => setTimeout(() => fail(new Error('It was not ready after ${timeoutMs} ms.')), ${timeoutMs}))])`) as number
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

export const pause = (ms: number): Promise<void> => sleep(ms)
