import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { openBrowser, startSite, type Site } from './browser.ts'

/** Notes in the page who uses anything of `Intl` before what is `ready` for has been painted. */
const watch = (ready: string): string => `if (window === top) {
  window.__used = []
  let painted = false
  const note = (what) => { if (!painted) window.__used.push(what + new Error().stack.split('\\n').slice(2, 5).join(' ')) }
  for (const name of ['NumberFormat', 'DateTimeFormat', 'RelativeTimeFormat', 'Collator', 'PluralRules', 'ListFormat', 'Segmenter']) {
    Intl[name] = new Proxy(Intl[name], { construct: (real, args, as) => { note('Intl.' + name); return Reflect.construct(real, args, as) }, apply: (real, self, args) => { note('Intl.' + name); return Reflect.apply(real, self, args) } })
  }
  for (const [kind, names] of [[Number, ['toLocaleString']], [Date, ['toLocaleString', 'toLocaleDateString', 'toLocaleTimeString']], [String, ['localeCompare']]]) {
    for (const name of names) { const real = kind.prototype[name]; kind.prototype[name] = function (...args) { note(kind.name + '.' + name); return real.apply(this, args) } }
  }
  window.__painted = new Promise((done) => {
    const look = () => { if (${ready}) setTimeout(() => { painted = true; done(true) }); else requestAnimationFrame(look) }
    requestAnimationFrame(look)
  })
}`

describe('the first frame', () => {
  let site: Site
  let browser: Browser
  let run: string
  let experiment: string
  before(async () => {
    site = await startSite()
    browser = await openBrowser()
    experiment = await site.client.experiments.create({ name: 'an experiment' })
    const { info } = await site.client.runs.create({ experiment_id: experiment, run_name: 'the run', start_time: 1_700_000_000_000 })
    run = info.run_id
    await site.client.runs.logBatch({ run_id: run, params: [{ key: 'lr', value: '0.1' }], metrics: ['loss', 'a/x', 'a/y', 'b/x', 'b/y'].flatMap((key) => Array.from({ length: 20 }, (_, step) => ({ key, step, timestamp: 1_700_000_000_000 + step, value: 1000 / (step + 1) }))) })
    await site.client.runs.update({ run_id: run, status: 'FINISHED', end_time: 1_700_000_100_000 })
    await site.client.models.create({ name: 'a model' })
    await site.client.models.createVersion({ name: 'a model', source: 's3://bucket/model', run_id: run })
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  const shows = (text: string): string => `document.querySelector('main')?.innerText.includes(${JSON.stringify(text)})`
  const pages: readonly (readonly [string, () => string, string])[] = [
    ['home', () => '/', shows('a model')], ['experiments', () => '/experiments', shows('an experiment')], ['a workspace', () => `/experiments/${experiment}`, shows('the run')],
    ['a run', () => `/runs/${run}`, 'document.querySelector(".plot[data-lines]")'], ['models', () => '/models', shows('a model')], ['a model', () => '/models/a%20model', shows('Version 1')],
    ['a comparison', () => `/compare?runs=${run}`, 'document.querySelector(".diff-section")'],
  ]
  for (const [name, path, ready] of pages) {
    it(`waits for nothing of Intl, whose first use takes as long as all code to be read: ${name}`, async () => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
      const page = await context.newPage()
      await page.addInitScript(watch(ready))
      await page.goto(site.url + path())
      assert.ok(await page.evaluate('Promise.race([window.__painted, new Promise((done) => setTimeout(done, 20_000, false))])'), 'it was never shown')
      assert.deepEqual(await page.evaluate('window.__used'), [])
      await context.close()
    })
  }
})
