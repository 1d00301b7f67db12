import type { Browser, CDPSession } from 'playwright-core'

/**
 * A tab of a private window that Playwright does not drive, in the browser that it started.
 *
 * Playwright keeps the runtime domain of each of its tabs on. There V8 finds the line of every `Error` that is made, also of
 * those that are never thrown, and parses a whole file again for it: React makes some as it loads, and a first visit took
 * 25 to 35 ms longer (of 300), which no reader waits for.
 */
export class BareTab implements AsyncDisposable {
  readonly #browser: CDPSession
  readonly #contextId: string
  readonly #sessionId: string
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  readonly #listeners = new Map<string, (params: never) => void>()
  #sent = 0

  private constructor(browser: CDPSession, contextId: string, sessionId: string) {
    this.#browser = browser
    this.#contextId = contextId
    this.#sessionId = sessionId
    browser.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
      if (from !== sessionId) return
      const { id, result, error, method, params } = JSON.parse(message) as { id?: number; result?: unknown; error?: { message: string }; method?: string; params?: never }
      if (id === undefined) return void (method !== undefined && this.#listeners.get(method)?.(params!))
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) waiting?.resolve(result)
      else waiting?.reject(new Error(error.message))
    })
  }

  /** 1440 × 900, British English, UTC, with a cache of its own that is empty. */
  static async open(browser: Browser): Promise<BareTab> {
    const session = await browser.newBrowserCDPSession()
    const { browserContextId } = await session.send('Target.createBrowserContext')
    const { targetId } = await session.send('Target.createTarget', { url: 'about:blank', browserContextId })
    // Not flattened: Playwright would drop the answers of a session that it does not know.
    const { sessionId } = await session.send('Target.attachToTarget', { targetId, flatten: false })
    const tab = new BareTab(session, browserContextId, sessionId)
    await Promise.all([
      tab.send('Page.enable'), tab.send('Network.enable'), tab.send('Performance.enable'),
      tab.send('Emulation.setDeviceMetricsOverride', { width: 1440, height: 900, deviceScaleFactor: 1, mobile: false }),
      tab.send('Emulation.setLocaleOverride', { locale: 'en-GB' }), tab.send('Emulation.setTimezoneOverride', { timezoneId: 'UTC' }),
    ])
    return tab
  }

  async send<Result = unknown>(method: string, params: object = {}): Promise<Result> {
    const id = this.#sent += 1
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    await this.#browser.send('Target.sendMessageToTarget', { sessionId: this.#sessionId, message: JSON.stringify({ id, method, params }) })
    return await answer as Result
  }

  /** One listener for each kind of event. */
  on<Params>(method: string, listener: (params: Params) => void): void {
    this.#listeners.set(method, listener)
  }

  /** Before any script of the pages that are gone to. */
  async runBefore(source: string): Promise<void> {
    await this.send('Page.addScriptToEvaluateOnNewDocument', { source })
  }

  async goto(url: string): Promise<void> {
    const { errorText } = await this.send<{ errorText?: string }>('Page.navigate', { url })
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`)
  }

  /** The value of an expression, or of its promise. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await this.send<{ result: { value: Value }; exceptionDetails?: { text: string; exception?: { description?: string } } }>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.send('Target.disposeBrowserContext', { browserContextId: this.#contextId })
    await this.#browser.detach()
  }
}
