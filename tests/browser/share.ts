import { after, before } from 'node:test'
import type { CairnClient } from '@cairn/sdk'
import type { Browser } from 'playwright-core'
import { look, openBrowser, startSite, type Looker, type LookOptions, type Site } from './browser.ts'

/** A server and a browser that the tests of a file share. */
export interface Shared {
  readonly url: string
  readonly client: CairnClient
  look(options?: LookOptions): Promise<Looker>
  /** As somebody whose name the page knows already. */
  lookAs(name: string, options?: LookOptions): Promise<Looker>
}

/** Starts both before the tests of the suite around it, with what `prepare` logs, and closes them after. */
export function share(prepare: (site: Site) => Promise<unknown>): Shared {
  let site: Site | undefined
  let browser: Browser | undefined
  before(async () => {
    site = await startSite()
    await prepare(site)
    browser = await openBrowser()
  })
  after(async () => {
    await browser?.close()
    await site?.[Symbol.asyncDispose]()
  })
  return {
    get url() { return site!.url },
    get client() { return site!.client },
    look: (options) => look(browser!, options),
    async lookAs(name, options) {
      const looker = await look(browser!, options)
      await looker.context.addInitScript((said) => { (globalThis as unknown as { localStorage: { setItem(key: string, value: string): void } }).localStorage.setItem('cairn:name', said) }, name)
      return looker
    },
  }
}
