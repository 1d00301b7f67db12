import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, type Site } from './browser.ts'

/** Whatever is set in motion, from the first document on: what the browser counts as animations and transitions, with how long each takes. */
const watching = `{
  window.__moved = {}
  const keep = () => {
    for (const one of document.getAnimations()) {
      const { duration, iterations } = one.effect.getComputedTiming()
      const { target } = one.effect
      window.__moved[(one.animationName ?? one.transitionProperty) + ' of ' + target.tagName.toLowerCase() + (target.classList.length === 0 ? '' : '.' + [...target.classList].join('.'))] = Number(duration) * (iterations === Infinity ? 1 : iterations)
    }
  }
  for (const type of ['animationstart', 'transitionrun']) document.addEventListener(type, keep, { capture: true })
  window.__keep = keep
}`
const moved = (page: Page): Promise<Record<string, number>> => page.evaluate('(window.__keep(), window.__moved)')

/** Looks again and again until a page says so. */
async function until(page: Page, expression: string): Promise<void> {
  for (let left = 400; !await page.evaluate(expression); left -= 1) {
    assert.ok(left > 0, `never: ${expression}`)
    await page.waitForTimeout(25)
  }
}

describe('what moves in the page by itself', () => {
  let site: Site
  let browser: Browser
  let experiment: string
  let run: string

  before(async () => {
    site = await startSite()
    browser = await openBrowser()
    const { client } = site
    experiment = await client.experiments.create({ name: 'moving' })
    for (let at = 0; at < 30; at += 1) {
      const { info: { run_id } } = await client.runs.create({ experiment_id: experiment, run_name: `run-${at}`, start_time: Date.now() - at * 1000 })
      await client.runs.logBatch({ run_id, metrics: Array.from({ length: 50 }, (_, step) => ({ key: 'loss', value: at + Math.exp(-step / 10), step, timestamp: Date.now() })) })
      run = run_id
    }
    await client.models.create({ name: 'churn' })
    for (let version = 1; version < 3; version += 1) await client.models.createVersion({ name: 'churn', source: `runs:/${run}/model`, run_id: run })
    await client.models.setAlias('churn', 'champion', '1')
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  /** Answers to such a question are kept back until the function that is answered is called. */
  async function hold(page: Page, address: RegExp): Promise<() => Promise<void>> {
    const gate = Promise.withResolvers<void>()
    await page.route(address, async (route) => {
      await gate.promise
      await route.continue()
    })
    return async () => {
      gate.resolve()
      await page.unrouteAll({ behavior: 'wait' })
    }
  }

  /** Goes through the pages as a reader does, slow answers and all; tells what moved on each of them. */
  async function everywhere(page: Page, whileWaiting: (page: Page) => Promise<void>): Promise<Record<string, Record<string, number>>> {
    const seen: Record<string, Record<string, number>> = {}
    const note = async (where: string): Promise<void> => {
      seen[where] = await moved(page)
      // What has begun here is not counted there.
      await page.evaluate(`Promise.all(document.getAnimations().map((one) => one.effect.getComputedTiming().iterations === Infinity || one.finished.catch(() => {}))).then(() => {})`)
      await page.evaluate('void (window.__moved = {})')
    }
    const dialog = page.getByRole('dialog')

    const home = await hold(page, /\/api\/cairn\/v1\/home\b/)
    await page.goto(site.url)
    await page.locator('.home-waiting .skeleton').first().waitFor()
    await whileWaiting(page)
    await home()
    await page.locator('.home-curve path').first().waitFor()
    await note('home')

    /** The header says so, at once or a moment later. */
    const announced = (head: string): Promise<void> => until(page, `getComputedStyle(document.querySelector('${head}')).boxShadow.includes('2px')`)
    await page.goto(`${site.url}/experiments?view=list`)
    await page.getByRole('link', { name: 'moving', exact: true }).waitFor()
    const experiments = await hold(page, /\/experiments\/overview\b/)
    await page.getByRole('searchbox').fill('mov')
    await announced('.list-head')
    await experiments()
    await page.locator('.list[data-outdated=false]').waitFor()
    await note('the experiments')

    await page.goto(`${site.url}/experiments/${experiment}?view=both`)
    await page.getByRole('link', { name: 'run-0', exact: true }).waitFor()
    await page.locator('.plot[data-lines]').first().waitFor()
    const rows = await hold(page, /\/runs\/(table|open)\b/)
    await page.getByRole('combobox', { name: 'Filter runs' }).fill('metrics.loss > 9')
    await page.locator('.grid[data-outdated=true]').waitFor()
    await announced('.grid-head')
    await rows()
    await page.locator('.grid[data-outdated=false]').waitFor()
    await note('the runs of an experiment')

    await page.keyboard.press('Escape')
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('y')
    await page.locator('.toast').first().waitFor()
    await note('a toast')

    for (const [key, name] of [['?', 'keys'], ['Control+k', 'the palette'], ['.', 'code']] as const) {
      await page.keyboard.press(key)
      await dialog.first().waitFor()
      await page.keyboard.press('Escape')
      await dialog.first().waitFor({ state: 'detached' })
      await note(name)
    }

    await page.goto(`${site.url}/runs/${run}`)
    await page.locator('.plot[data-lines]').first().waitFor()
    await page.getByRole('button', { name: /^Comments/ }).first().click()
    await page.getByRole('textbox').first().waitFor()
    await note('a run')
    await page.getByRole('link', { name: 'Charts' }).first().click()
    await page.locator('.panel [data-full]').first().click()
    await note('a chart in full')

    await page.goto(`${site.url}/models/churn`)
    await page.getByRole('button', { name: 'Promote version 2' }).click()
    await dialog.first().waitFor()
    await note('promoting')
    return seen
  }

  it('is what waits, what is said and what is late, and nothing else', async () => {
    const { page, context, complaints } = await look(browser, { motion: true })
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await context.addInitScript(watching)
    const seen = await everywhere(page, async () => {
      const faded = `Number(getComputedStyle(document.querySelector('.home-waiting .skeleton')).opacity)`
      await until(page, `${faded} < 0.6`)
      await until(page, `${faded} > 0.8`)
    })
    const all = Object.fromEntries(Object.entries(seen).filter(([, moves]) => Object.keys(moves).length > 0))
    assert.deepEqual(all, { 'home': { 'pulse of span.skeleton': 1400 }, 'the experiments': { 'box-shadow of div.list-head': 120 }, 'the runs of an experiment': { 'box-shadow of div.grid-head': 120 }, 'a toast': { 'rise of div.toast': 160 } })
    assert.deepEqual(complaints, [])
    await context.close()
  })

  it('stands still for a reader who asked for less of it', async () => {
    const { page, context, complaints } = await look(browser)
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await context.addInitScript(watching)
    const seen = await everywhere(page, async () => assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('.home-waiting .skeleton')).opacity`), '1'))
    const long = Object.entries(seen).flatMap(([where, moves]) => Object.entries(moves).filter(([, ms]) => ms > 1).map(([what, ms]) => `${where}: ${what}, ${ms} ms`))
    assert.deepEqual(long, [])
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
