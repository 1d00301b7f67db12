/** What is pressed and clicked in a page, and how long the page takes for it. */
import type { Page } from 'playwright-core'
import { pause } from './visit.ts'

export interface Longest {
  readonly ms: number
  /** What was pressed, and on what. */
  readonly what: string
}

/**
 * The longest of what is pressed and clicked meanwhile, as browsers count it (Interaction to Next Paint): from the input until
 * what it changed is painted. Of what takes less than 16 ms they tell nothing.
 */
export async function longestInput(page: Page, act: () => Promise<void>): Promise<Longest> {
  await page.evaluate(`{
    const told = window.__inputs = []
    window.__listener?.disconnect()
    window.__listener = new PerformanceObserver((list) => {
      for (const one of list.getEntries()) if (one.interactionId) told.push({ ms: one.duration, what: one.name + ' on ' + (one.target?.outerHTML.slice(0, 90) ?? 'what is gone') })
    })
    window.__listener.observe({ type: 'event', durationThreshold: 16 })
  }`)
  await act()
  await pause(500)
  const told = await page.evaluate('window.__inputs') as Longest[]
  return told.reduce((longest, one) => (one.ms > longest.ms ? one : longest), { ms: 16, what: 'everything at most' })
}

/** Something that a reader does. */
export type Step = (page: Page) => Promise<unknown>

export const press = (...keys: string[]): Step => async (page) => {
  for (const key of keys) {
    await page.keyboard.press(key)
    await pause(200)
  }
}

export const type = (text: string): Step => (page) => page.keyboard.type(text, { delay: 60 })

type Role = Parameters<Page['getByRole']>[0]
export const click = (role: Role, name: string | RegExp): Step => (page) => page.getByRole(role, { name, ...(typeof name === 'string' && { exact: true }) }).first().click()
export const focus = (role: Role, name: string | RegExp): Step => (page) => page.getByRole(role, { name }).first().focus()
export const clickOn = (selector: string): Step => (page) => page.locator(selector).first().click()

/** Waits for the dialog that the key before has opened, and leaves it. */
export const leave: Step = async (page) => {
  const dialog = page.getByRole('dialog').first()
  await dialog.waitFor()
  await pause(200)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
}
