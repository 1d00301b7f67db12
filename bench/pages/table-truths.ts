/** What the table of runs promises besides its speed: every row can be come to, and what it says is true. */
import type { Page } from 'playwright-core'
import { pause } from './visit.ts'

export interface Truths {
  said(text: string, measured: string, ok: boolean): void
  check(text: string, value: number, limit: number, unit: string): void
}

const many = (count: number): string => count.toLocaleString('en-US')

/** The page is a fresh one of `runs` runs, of which the newest stands first. */
export async function tableTruths(page: Page, runs: number, nameOf: (number: number) => string, { said, check }: Truths): Promise<void> {
  const stated = await page.locator('.foot-counts b').textContent() ?? ''
  said(`${many(runs)} runs, the number that stands below the table`, stated, stated === `${many(runs)} runs`)
  const labels = await page.locator('.grid-label').allTextContents()
  const shown = (kind: RegExp): number => labels.filter((label) => kind.test(label)).length
  said('columns that stand there before anybody has chosen any: a metric and a param at least', `${shown(/^m\d\d$/)} metrics, ${shown(/^p\d\d$/)} params`, shown(/^m\d\d$/) > 0 && shown(/^p\d\d$/) > 0)
  const wrong = await scrolling(page, runs, nameOf)
  said(`${many(runs)} runs, places of the scrollbar at which the rows are those that belong there`, `${places - wrong} of ${places}`, wrong === 0)
  check(`${many(runs)} runs, presses of a key from the top of the page to the first row`, await tabbing(page), 5, '')
}

const places = 21

/** How many places of the scrollbar show other rows than those that belong there, after what was missing has come. */
async function scrolling(page: Page, runs: number, nameOf: (number: number) => string): Promise<number> {
  let wrong = 0
  for (let at = 0; at < places; at += 1) {
    await page.evaluate(`{ const grid = document.querySelector('[role="grid"]'); grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * ${at / (places - 1)} }`)
    let rows: { index: number; text: string }[] = []
    for (let look = 0; look < 40; look += 1) {
      await pause(50)
      rows = await page.evaluate(`[...document.querySelectorAll('[role="grid"] [role="row"][aria-rowindex]')].map((row) => ({ index: Number(row.getAttribute('aria-rowindex')), text: row.textContent }))`)
      if (rows.length > 5 && rows.every(({ index, text }) => index < 2 || text.includes(nameOf(runs + 1 - index)))) break
      if (look === 39) wrong += 1
    }
    const reached = at === 0 ? 2 : at === places - 1 ? runs + 1 : undefined
    if (reached !== undefined && !rows.some(({ index }) => index === reached)) wrong += 1
  }
  return wrong
}

async function tabbing(page: Page): Promise<number> {
  await page.evaluate('{ scrollTo(0, 0); document.activeElement.blur() }')
  const keys = ['Tab', 'Enter', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab']
  for (const [at, key] of keys.entries()) {
    await page.keyboard.press(key)
    await pause(100)
    if (await page.evaluate(`document.activeElement.closest('[role="grid"]') !== null`)) return at + 1
  }
  return Infinity
}
