import { Reply } from '../platform/http/index.ts'
import { words } from './words.ts'

/** Text that is safe in a page. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | undefined | readonly Html[]

const escaped = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
const shown = (part: Part): string => (part === undefined ? '' : part instanceof Html ? part.text : Array.isArray(part) ? (part as readonly Html[]).map(({ text }) => text).join('') : escaped(String(part)))

/** A template whose values are escaped, but for other templates. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.reduce((text, string, index) => text + shown(parts[index - 1]) + string))

/** No script at all, and forms only to this server. The address goes along inside of it: without it browsers call a form's origin "null". */
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

export interface PageOptions {
  readonly title: string
  /** Links above the content, the current one without an address. */
  readonly links?: readonly { readonly to?: string; readonly text: string }[]
  readonly status?: number
  readonly headers?: Record<string, string>
}

const mark = html`<svg viewBox="0 0 32 32" aria-hidden="true"><ellipse cx="16" cy="26" rx="12" ry="4"/><ellipse cx="16" cy="18.5" rx="8.5" ry="3.6"/><ellipse cx="16" cy="12" rx="5.8" ry="3"/><ellipse cx="16" cy="6.6" rx="3.4" ry="2.4"/></svg>`

/** A page of its own: what stands on it needs neither script nor the web page. */
export function page(prefix: string, { title, status = 200, headers = {}, links = [] }: PageOptions, content: Html): Reply {
  const body = html`<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Cairn</title>
<link rel="stylesheet" href="${prefix}/sign-in/style.css">
</head>
<body>
<header><a href="${prefix}/" aria-label="Cairn">${mark}</a></header>
<main>
${links.length === 0 ? undefined : html`<nav aria-label="${words.pages}">${links.map(({ to, text }) => (to === undefined ? html`<strong aria-current="page">${text}</strong>` : html`<a href="${to}">${text}</a>`))}</nav>`}
${content}
</main>
</body>
</html>
`
  return new Reply({
    status, body: body.text,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, 'referrer-policy': 'same-origin', 'cache-control': 'no-store', ...headers },
  })
}

export const redirect = (to: string, headers: Record<string, string | string[]> = {}): Reply =>
  new Reply({ status: 303, headers: { location: to, 'cache-control': 'no-store', ...headers } })

/** In the colours and sizes of the web page (its `tokens.css`), for who comes from there. */
export const style = `:root { color-scheme: light dark; --ink: #1c2429; --soft: #57656e; --line: #dde3e7; --edge: #b9c4cb; --paper: #fff; --back: #f6f8f9; --hover: #eef3f5; --accent: #1f6582; --on: #fff; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e4eaee; --soft: #9aa9b3; --line: #2d363d; --edge: #46535c; --paper: #14181c; --back: #1b2126; --hover: #232b31; --accent: #6dbbdb; --on: #0e1418; --bad: #f2857c } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif }
header { margin-top: 7vh; text-align: center } header a { display: inline-grid; border-radius: 6px } header svg { width: 40px; height: 40px; fill: var(--accent) }
main { max-width: 30rem; margin: 12px auto 8vh; padding: 24px 28px 28px; background: var(--paper); border: 1px solid var(--line); border-radius: 10px }
main:has(table) { max-width: 56rem }
h1 { margin: 0 0 14px; font-size: 20px; line-height: 1.25; font-weight: 650 } h2 { margin: 28px 0 8px; font-size: 15px; font-weight: 650 }
label { display: block; margin: 12px 0 4px; font-weight: 600; font-size: 12.5px }
input, select { display: block; width: 100%; min-height: 34px; padding: 5px 10px; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 6px } main:has(table) :is(input, select) { max-width: 30rem }
button { min-height: 34px; margin-top: 16px; padding: 5px 16px; font: inherit; font-weight: 600; color: var(--on); background: var(--accent); border: 0; border-radius: 6px; cursor: pointer }
button:hover { filter: brightness(1.08) }
button.plain { min-height: 26px; margin: 0; padding: 1px 10px; font-weight: 500; color: var(--ink); background: var(--paper); border: 1px solid var(--edge) } button.plain:hover { background: var(--hover); filter: none }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
p { color: var(--soft) } p a { color: var(--accent); text-decoration: underline } p.bad { color: var(--bad); font-weight: 600 }
code { display: block; padding: .6rem; overflow-wrap: anywhere; background: var(--back); border: 1px solid var(--line); border-radius: 6px } p code { display: inline; padding: 1px 5px }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
input[type=hidden], .wide:not(:has(tbody tr)) { display: none }
.wide { position: relative; overflow-x: auto; border: 1px solid var(--line); border-radius: 6px } form + .wide { margin-top: 18px } table { width: 100%; border-collapse: collapse } th, td { padding: 7px 12px; text-align: left; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--line) } thead th { font-size: 12.5px; font-weight: 600; color: var(--soft); background: var(--back) } tbody tr:hover { background: var(--hover) } tbody tr:last-child > * { border-bottom: 0 } a { text-decoration: none } a:hover { text-decoration: underline }
td.long { min-width: 8rem; white-space: normal; overflow-wrap: anywhere }
nav { display: flex; gap: 1rem; align-items: center; justify-content: space-between; margin-bottom: 1rem } nav a, td a { color: var(--accent) } nav strong { color: var(--ink) } nav[aria-label] { gap: 0 4px; margin: -6px -10px 18px; padding-bottom: 10px; border-bottom: 1px solid var(--line) } nav[aria-label] > * { padding: 4px 10px; border-radius: 6px } nav[aria-label] strong { background: var(--hover); font-weight: 600 } nav[aria-label] a { color: var(--soft) }
nav[aria-label] { justify-content: flex-start; flex-wrap: wrap } .row { display: flex; flex-wrap: wrap; gap: .6rem } details form { margin-bottom: 1.2rem } section { margin-top: 1.5rem; padding-top: .5rem; border-top: 1px solid var(--line) }
label input[type=checkbox] { display: inline-block; width: auto; min-height: 0 } summary { cursor: pointer; color: var(--accent); margin-top: .6rem }
main:has(nav[aria-label]) { max-width: 64rem } main:has(nav[aria-label]) :is(input, select) { max-width: 30rem } nav:not([aria-label]) { justify-content: flex-start } nav > form { margin-left: auto }
@media (max-width: 40rem) { header { margin: 14px 0 6px } main { margin: 0; padding: 1.2rem; border-width: 0 0 1px; border-radius: 0 } }
`
