import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { treePids, treeUse } from '../measure/process-tree.ts'
import { settle } from '../measure/meter.ts'
import type { Server } from '../servers/server.ts'
import type { BareTab } from './bare-tab.ts'

/** What opening a page once came to, until it had been quiet for most of a second. */
export interface Visit {
  /** From the navigation, as the page itself counts its time, until what `ready` says is painted. */
  readonly readyMs: number
  /** Processor time of the browser's processes and of the server's. */
  readonly browserMs: number
  readonly serverMs: number
  readonly bytes: number
  readonly requests: number
  /** The address of each. */
  readonly asked: readonly string[]
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

const whenReady = ({ ready }: Look): string => `if (window === top) window.__ready = new Promise((done) => ${whenPainted(ready, 'done')})`

/** Waits for what `whenReady` looks for. */
const readyWithin = (timeoutMs: number): string =>
  `Promise.race([window.__ready, new Promise((_, fail) => setTimeout(() => fail(new Error('It was not ready after ${timeoutMs} ms.')), ${timeoutMs}))])`

/** Goes to a page in a tab, whose cache decides whether the visit is a cold one, and measures that. */
export async function visit(tab: BareTab, browserPid: number, site: Site, look: Look, timeoutMs = 120_000): Promise<Visit> {
  await tab.runBefore(`${watch};${whenReady(look)}`)
  const asked: string[] = []
  let bytes = 0
  // Some 400 ms go into a new tab, whatever is shown in it.
  await settle(browserPid, 60_000)
  tab.on('Network.requestWillBeSent', ({ request }: { request: { url: string } }) => void asked.push(request.url))
  tab.on('Network.loadingFinished', ({ encodedDataLength }: { encodedDataLength: number }) => { bytes += encodedDataLength })
  const before = [treeUse(browserPid).cpuMs, treeUse(site.pid).cpuMs] as const
  await tab.goto(site.url + look.path)
  const readyMs = await tab.evaluate<number>(readyWithin(timeoutMs))
  await settle(browserPid, 60_000)
  await settle(site.pid, 10_000)
  const [browserMs, serverMs] = [treeUse(browserPid).cpuMs - before[0], treeUse(site.pid).cpuMs - before[1]]
  const { blocked, shift } = await tab.evaluate<{ blocked: number; shift: number }>('({ blocked: window.__blocked, shift: window.__shift })')
  await tab.send('HeapProfiler.collectGarbage')
  const { metrics } = await tab.send<{ metrics: { name: string; value: number }[] }>('Performance.getMetrics')
  const metric = (name: string): number => metrics.find((one) => one.name === name)?.value ?? Number.NaN
  return { readyMs, browserMs, serverMs, bytes, requests: asked.length, asked, nodes: metric('Nodes'), heapBytes: metric('JSHeapUsedSize'), blockedMs: blocked, layoutShift: shift }
}

/** A page that shows what one came for, for Playwright to look at further. */
export async function pageAt(context: BrowserContext, site: Site, look: Look, timeoutMs = 120_000): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(timeoutMs)
  await page.addInitScript(whenReady(look))
  await page.goto(site.url + look.path, { waitUntil: 'commit' })
  await page.evaluate(readyWithin(timeoutMs))
  await pause(1000)
  return page
}

/** The browser's first process: the one below this program that has the others below it. */
export function browserPid(before: ReadonlySet<number>): number {
  const [first] = treePids(process.pid).filter((pid) => pid !== process.pid && !before.has(pid))
  if (first === undefined) throw new Error('The browser has no process of its own.')
  return first
}

export const pause = (ms: number): Promise<void> => sleep(ms)

/** Until the server has brought what was logged into its lasting form, which it begins when a run has been silent for five seconds. */
export async function calm(server: Server): Promise<void> {
  await pause(7000)
  await settle(server.pid, 300_000)
}
