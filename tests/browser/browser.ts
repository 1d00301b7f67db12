import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CairnClient } from '@cairn/sdk'
import { startServer } from '@cairn/server'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { readConfig } from '../../packages/server/src/main/config.ts'
import { chromiumForTests } from '../../tools/chromium.ts'

const webRoot = fileURLToPath(new URL('../../packages/web/dist', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Site extends AsyncDisposable {
  readonly url: string
  readonly client: CairnClient
  /** A temp folder of the test's own. */
  readonly folder: string
}

/** The real server on a free port, with the built page. */
export async function startSite(flags: Readonly<Record<string, string>> = {}, page: string | undefined = webRoot, env: Readonly<Record<string, string>> = {}): Promise<Site> {
  if (page !== undefined && !existsSync(join(page, 'index.html'))) throw new Error('The page is not built: npm run build -w packages/web')
  const folder = mkdtempSync(join(tmpdir(), 'cairn-browser-'))
  const config = readConfig({ flags: { port: '0', 'logging-level': 'ERROR', ...flags }, env, cwd: folder, ...(page !== undefined && { webRoot: page }) })
  const server = await startServer(config)
  return {
    url: server.url, folder, client: new CairnClient({ url: server.url }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Quiet: the browser asks nobody but the server under test. */
export const openBrowser = (): Promise<Browser> => chromium.launch({
  executablePath: chromiumForTests(),
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

export interface Looker {
  readonly page: Page
  readonly context: BrowserContext
  /** What the page complained of: exceptions, errors on the console, refusals of the content policy. */
  readonly complaints: string[]
}

export interface LookOptions {
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  /** The reader has not asked for less motion. */
  readonly motion?: boolean
}

export async function look(browser: Browser, options: LookOptions = {}): Promise<Looker> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 }, colorScheme: options.dark ? 'dark' : 'light', reducedMotion: options.motion ? 'no-preference' : 'reduce', locale: 'en-GB', timezoneId: 'UTC',
  })
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()) })
  return { page, context, complaints }
}

/** What axe-core finds, a line each; empty when nothing is wrong. */
export async function violations(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which no content policy binds.
  await page.evaluate(axe)
  return page.evaluate(async () => {
    interface Result { violations: { id: string; help: string; nodes: { html: string; failureSummary: string }[] }[] }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Result> } }
    const found = await axe.run()
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join(' | ')}`)
  })
}
