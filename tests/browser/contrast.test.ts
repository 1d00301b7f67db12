import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, openBrowser, startSite, type Site } from './browser.ts'

/** More than there are colours: the last have a pattern. */
const runs = 14
const patterned = 4
const metric = 'level'

/** Defined in the page: colours as numbers, what lies behind an element, and how far two colours stand apart (WCAG 2.2). */
const seeing = `
  const brush = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  const rgb = (...colors) => { brush.clearRect(0, 0, 1, 1); for (const color of colors) { brush.fillStyle = color; brush.fillRect(0, 0, 1, 1) } return [...brush.getImageData(0, 0, 1, 1).data] }
  const light = (color) => color.slice(0, 3).map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)).reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0)
  const apart = (one, other) => { const [high, low] = [light(one), light(other)].sort((a, b) => b - a); return (high + 0.05) / (low + 0.05) }
  /** Of something see-through, what comes of it before what lies behind. */
  const off = (ground, color) => apart(ground, rgb('rgb(' + ground.slice(0, 3) + ')', color))
  const groundOf = (element) => { for (let at = element; at; at = at.parentElement) { const color = rgb(getComputedStyle(at).backgroundColor); if (color[3] > 250) return color } return [255, 255, 255, 255] }
`
interface Drawn {
  readonly color: string
  readonly contrast: number
  /** The part of its width that has ink. */
  readonly inked: number
}

/** Each of the lines, which are level, in the pixels of the canvas; with what its columns hold beside gaps. */
const linesOn = (page: Page): Promise<Drawn[]> => page.evaluate(`(() => {
  ${seeing}
  const plot = document.querySelector('[data-metric="${metric}"] .plot')
  const ground = groundOf(plot)
  const canvas = plot.querySelectorAll('canvas')[1]
  const { width, height } = canvas
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
  const alpha = (x, y) => data[4 * (y * width + x) + 3]
  const lines = []
  let [left, right] = [width, 0]
  for (let y = 0; y < height; y += 1) {
    const inked = (row) => { let count = 0; for (let x = 0; x < width; x += 1) if (alpha(x, row) > 30) count += 1; return count }
    if (inked(y) < width / 4) continue
    const from = y
    while (y + 1 < height && inked(y + 1) >= width / 4) y += 1
    const [columns, colors] = [new Set(), new Map()]
    for (let row = from; row <= y; row += 1) {
      for (let x = 0; x < width; x += 1) {
        if (alpha(x, row) > 100) columns.add(x)
        if (alpha(x, row) < 250) continue
        const color = data.slice(4 * (row * width + x), 4 * (row * width + x) + 3).join(', ')
        colors.set(color, (colors.get(color) ?? 0) + 1)
      }
    }
    left = Math.min(left, ...columns)
    right = Math.max(right, ...columns)
    lines.push({ columns: columns.size, color: [...colors].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 'none' })
  }
  return lines.map(({ columns, color }) => ({ color, contrast: apart(color.split(', ').map(Number), ground), inked: columns / (right - left + 1) }))
})()`)

/** Of all elements of a kind, the least that a colour of theirs stands off what lies behind them; how many there are. */
const least = (page: Page, selector: string, property: string, pseudo = ''): Promise<{ count: number; contrast: number }> => page.evaluate(`(() => {
  ${seeing}
  const all = [...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => one.getClientRects().length > 0)
  return { count: all.length, contrast: Math.min(...all.map((one) => off(groundOf(one${pseudo === '' ? '.parentElement' : ''}), getComputedStyle(one${pseudo === '' ? '' : `, '${pseudo}'`})[${JSON.stringify(property)}]))) }
})()`)

interface Ring {
  readonly style: string
  readonly width: number
  readonly contrast: number
  readonly color: string
}

/** What surrounds an element, when the keyboard is elsewhere and when it is there. */
async function rings(page: Page, selector: string, marked = selector): Promise<{ before: Ring; focused: Ring }> {
  const ring = (): Promise<Ring> => page.evaluate(`(() => {
    ${seeing}
    const element = document.querySelector(${JSON.stringify(marked)})
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element)
    return { style: outlineStyle, width: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth), contrast: off(groundOf(element.parentElement), outlineColor), color: outlineColor }
  })()`)
  await page.evaluate('document.activeElement.blur()')
  const before = await ring()
  // The focus of who uses keys.
  await page.keyboard.press('Shift')
  await page.locator(selector).first().focus()
  return { before, focused: await ring() }
}

describe('a page for eyes that need contrast', () => {
  let site: Site
  let browser: Browser
  let experiment: string
  const ids: string[] = []

  before(async () => {
    site = await startSite()
    browser = await openBrowser()
    const { client } = site
    experiment = await client.experiments.create({ name: 'levels' })
    for (let run = 0; run < runs; run += 1) {
      const { info: { run_id } } = await client.runs.create({ experiment_id: experiment, run_name: `level-${run}`, start_time: 1_700_000_000_000 + run })
      ids.push(run_id)
      await client.runs.logBatch({ run_id, metrics: Array.from({ length: 200 }, (_, step) => ({ key: metric, value: run, step, timestamp: 1_700_000_000_000 + step })) })
      if (run % 3 > 0) await client.runs.update({ run_id, status: run % 3 === 1 ? 'FINISHED' : 'FAILED', end_time: 1_700_000_100_000 })
    }
    await client.models.create({ name: 'levelled' })
    await client.models.createVersion({ name: 'levelled', source: `runs:/${ids[1]!}/model`, run_id: ids[1]! })
  })
  after(async () => {
    await browser.close()
    await site[Symbol.asyncDispose]()
  })

  const open = async (page: Page): Promise<void> => {
    await page.goto(`${site.url}/experiments/${experiment}?view=both`)
    await page.locator(`[data-metric="${metric}"] .plot[data-lines="${runs}"]`).waitFor()
  }
  /** The canvas has the colours that the table has beside it. */
  const agreed = async (page: Page): Promise<Drawn[]> => {
    for (let left = 100; ; left -= 1) {
      const lines = await linesOn(page)
      const dots = await page.evaluate(`[...document.querySelectorAll('[data-run] .run-dot')].map((dot) => getComputedStyle(dot).color.replace(/^rgb\\(|\\)$/g, ''))`) as string[]
      if (lines.length === runs && dots.length === runs && lines.every(({ color }) => dots.includes(color))) return lines
      assert.ok(left > 0, `Drawn were ${lines.map(({ color }) => color).join('; ')}, the table has ${dots.join('; ')}`)
      await page.waitForTimeout(50)
    }
  }

  const themes = [
    { name: 'a light contrast theme', media: { forcedColors: 'active', colorScheme: 'light' } },
    { name: 'a dark contrast theme', media: { forcedColors: 'active', colorScheme: 'dark' } },
    { name: 'a dark contrast theme over a page that was set to light', media: { forcedColors: 'active', colorScheme: 'dark' }, chosen: 'light' },
    { name: 'a light contrast theme over a page that was set to dark', media: { forcedColors: 'active', colorScheme: 'light' }, chosen: 'dark' },
    { name: 'a wish for more contrast, light', media: { contrast: 'more', colorScheme: 'light' } },
    { name: 'a wish for more contrast, dark', media: { contrast: 'more', colorScheme: 'dark' } },
  ] as const

  for (const { name, media, ...rest } of themes) {
    it(`shows lines, cursor, states and focus under ${name}`, async () => {
      const { page, context, complaints } = await look(browser)
      if ('chosen' in rest) await context.addCookies([{ name: 'cairn_theme', value: rest.chosen, url: site.url }])
      await page.emulateMedia(media)
      await open(page)
      const lines = await agreed(page)
      for (const { color, contrast } of lines) assert.ok(contrast >= 3, `${color} stands ${contrast.toFixed(2)}:1 off its ground`)
      assert.equal(new Set(lines.map(({ color, inked }) => `${color} ${inked > 0.97}`)).size, runs, 'no two lines look alike')
      assert.deepEqual(lines.filter(({ inked }) => inked < 0.97).length, patterned, 'as many have a pattern as there are no colours for')

      await page.locator(`[data-metric="${metric}"] .plot`).focus()
      for (const key of ['ArrowRight', 'ArrowRight']) await page.keyboard.press(key)
      await page.locator('.tip svg.swatch').first().waitFor()
      const cursor = await page.evaluate(`(() => {
        ${seeing}
        const plot = document.querySelector('[data-metric="${metric}"] .plot')
        // What lies over the lines: its column with the most ink.
        const canvas = [...plot.querySelectorAll('canvas')].at(-1)
        const { data, width, height } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        let inked = []
        for (let x = 0; x < width; x += 1) {
          const column = []
          for (let y = 0; y < height; y += 1) if (data[4 * (y * width + x) + 3] > 200) column.push(y)
          if (column.length > inked.length) inked = column.map((y) => [y, 4 * (y * width + x)])
        }
        if (inked.length === 0) return { height: 0, part: 0, contrast: 0 }
        const long = inked.at(-1)[0] - inked[0][0]
        return { height: long, part: inked.length / long, contrast: off(groundOf(plot), 'rgb(' + [...data.slice(inked[0][1], inked[0][1] + 3)].join(', ') + ')') }
      })()`) as { height: number; part: number; contrast: number }
      assert.ok(cursor.height > 50 && cursor.part > 0.3 && cursor.part < 0.8 && cursor.contrast >= 3, JSON.stringify(cursor))

      for (const [selector, property, pseudo, count] of [
        ['.tip svg.swatch line', 'stroke', '', 8], ['[data-run] .run-dot', 'color', '', runs], ['[data-run] .sparkline path', 'stroke', '', runs],
        ['[data-run] .status', 'backgroundColor', '::before', runs], ['.state', 'backgroundColor', '::before', 1],
      ] as const) {
        const seen = await least(page, selector, property, pseudo)
        assert.ok(seen.count >= count && seen.contrast >= 3, `${selector}: ${seen.count}, ${seen.contrast.toFixed(2)}:1`)
      }

      for (const [selector, marked] of [
        ['nav a[aria-current]'], ['.switch [aria-current]'], ['.panel [data-full]'], [`[data-metric="${metric}"] .plot`], ['main input[role="combobox"]'], ['main .button'],
        ['[role="grid"]'], ...('forcedColors' in media ? [['[role="grid"]', '.grid-row[data-active="true"] .grid-fixed']] : []),
      ] as [string, string?][]) {
        const { before, focused } = await rings(page, selector, marked)
        assert.ok(focused.width >= 2 && focused.contrast >= 3 && (focused.width !== before.width || focused.color !== before.color), `${marked ?? selector}: ${JSON.stringify({ before, focused })}`)
      }
      await page.keyboard.press('Shift')
      await page.locator('.split-bar').focus()
      const bar = await least(page, '.split-bar', 'backgroundColor', '::before')
      const edges = await least(page, '.panel', 'borderTopColor')
      assert.ok(edges.contrast >= 4.5, `edges of panels: ${edges.contrast.toFixed(2)}:1`)
      assert.ok(bar.contrast >= 3, `the bar between table and charts: ${bar.contrast.toFixed(2)}:1`)
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }

  it('draws again when a contrast theme comes or goes', async () => {
    const { page, context } = await look(browser, { dark: true })
    await open(page)
    const before = new Set((await agreed(page)).map(({ color }) => color))
    await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' })
    const forced = new Set((await agreed(page)).map(({ color }) => color))
    assert.notDeepEqual(forced, before)
    await page.emulateMedia({ forcedColors: 'none', colorScheme: 'dark' })
    assert.deepEqual(new Set((await agreed(page)).map(({ color }) => color)), before)
    await context.close()
  })

  /** What has the focus, and how it is shown: a ring around it or what holds it, or a mark of its own. */
  const focused = (page: Page): Promise<{ name: string; contrast: number } | null> => page.evaluate(`(() => {
    ${seeing}
    const element = document.activeElement
    if (element === document.body) return null
    const name = element.outerHTML.slice(0, 120)
    if (element.matches('.split-bar')) return { name, contrast: off(groundOf(element), getComputedStyle(element, '::before').backgroundColor) }
    if (element.matches('.graph-node')) {
      const box = element.querySelector('.graph-box')
      const here = getComputedStyle(box).stroke
      element.blur()
      // Some have a line of their own, which is another colour.
      const without = getComputedStyle(box).stroke
      element.focus()
      return { name, contrast: here === without ? 1 : off(groundOf(element), here) }
    }
    for (let at = element, up = 0; at && up < 4; at = at.parentElement, up += 1) {
      const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(at)
      if (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) return { name, contrast: off(groundOf(at.parentElement), outlineColor) }
    }
    return { name, contrast: 1 }
  })()`)

  for (const dark of [false, true]) {
    it(`shows at every press of Tab where one is, ${dark ? 'dark' : 'light'}`, { timeout: 120_000 }, async () => {
      const { page, context } = await look(browser, { dark })
      const [, run] = ids
      for (const [path, ready, least] of [
        ['/', 'main h2', 10], ['/experiments?view=list', '.list-row', 15], [`/experiments/${experiment}?view=both`, '.plot[data-lines]', 40], [`/runs/${run!}`, '.plot[data-lines]', 20], [`/runs/${run!}/charts`, '.plot[data-lines]', 20],
        [`/compare?runs=${ids.slice(0, 3).join()}`, '.diff tbody tr', 15], ['/models', 'main table a', 10], ['/models/levelled/versions/1', '.graph-node', 20],
      ] as const) {
        await page.goto(site.url + path)
        await page.locator(ready).first().waitFor()
        const names: string[] = []
        await page.keyboard.press('Tab')
        for (let at = await focused(page); at !== null && names.length < 60; at = await focused(page)) {
          assert.ok(at.contrast >= 3, `${path}: ${at.contrast.toFixed(2)}:1 around ${at.name}`)
          names.push(at.name)
          await page.keyboard.press('Tab')
        }
        assert.ok(names.length >= least, `${path}: ${names.length} stops, the last ${names.at(-1)}`)
      }
      await context.close()
    })
  }
})
