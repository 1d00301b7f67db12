/** Every page as one uses it: what is pressed is answered at once, nothing moves by itself, and axe has nothing to say. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CairnClient } from '@cairn/sdk'
import type { Page } from 'playwright-core'
import { violations } from '../../tests/browser/browser.ts'
import { settle } from '../measure/meter.ts'
import { Server, type Peer } from '../servers/server.ts'
import { seedDetail } from './detail.ts'
import { longestInput } from './inputs.ts'
import { seedLists } from './lists.ts'
import { screensOf, seedScreens, type Screen } from './screen-list.ts'
import type { Bench } from './tables.ts'
import { newContext, paintedAfter, pause, siteOf } from './visit.ts'

export async function screens({ quick, folder, watcher, say, check, said }: Bench, ours: Peer): Promise<void> {
  say('every page as one uses it')
  await mkdir(join(folder, 'screens-cairn'))
  await using server = await Server.start(ours, join(folder, 'screens-cairn'))
  const { url } = siteOf(server)
  await seedLists(url)
  const detail = await seedDetail(url)
  await seedScreens(new CairnClient({ url }), detail)
  const all = screensOf(detail)
  await settle(server.pid)
  let moved = { by: 0, name: '' }
  const complaints: string[] = []
  for (const screen of all) {
    const context = await newContext(watcher.browser)
    context.setDefaultTimeout(10_000)
    const page = await context.newPage()
    await open(page, url, screen)
    // As axe runs long, it does so when nobody presses anything.
    for (const scheme of quick ? ['light'] as const : ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      for (const text of await violations(page)) complaints.push(`${screen.name}, ${scheme}: ${text}`)
    }
    const longest = await longestInput(page, async () => {
      for (const step of screen.steps) {
        await step(page)
        await pause(250)
      }
    })
    say(`    ${screen.name}: ${longest.ms} ms, ${longest.what}`)
    check(`${screen.name}, the longest of what is pressed and clicked there until it is painted`, longest.ms, 100, 'ms')
    const by = await page.evaluate('window.__shift') as number
    if (by > moved.by) moved = { by, name: screen.name }
    await context.close()
  }
  check(`layout shift of any of ${all.length} pages as they load and are used${moved.name === '' ? '' : ` (most: ${moved.name})`}`, moved.by, 0.02, '')
  for (const text of complaints) say(`    ${text.slice(0, 300)}`)
  said(`what axe finds wrong in ${all.length} pages${quick ? '' : ', light and dark'}`, String(complaints.length), complaints.length === 0)
}

async function open(page: Page, url: string, { name, path, ready }: Screen): Promise<void> {
  await page.goto(url + path)
  if (await paintedAfter(page, ready) === Infinity) throw new Error(`The page “${name}” (${path}) was not there after 20 s.`)
  await pause(800)
}
