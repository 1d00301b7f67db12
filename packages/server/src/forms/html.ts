import { Reply } from '../platform/http/index.ts'

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

/** A page of its own: what stands on it needs neither script nor the web page. */
export function page(prefix: string, { title, status = 200, headers = {}, links = [] }: PageOptions, content: Html): Reply {
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Cairn</title>
<link rel="stylesheet" href="${prefix}/sign-in/style.css">
</head>
<body>
<main>
${links.length === 0 ? undefined : html`<nav aria-label="Pages">${links.map(({ to, text }) => (to === undefined ? html`<strong aria-current="page">${text}</strong>` : html`<a href="${to}">${text}</a>`))}</nav>`}
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

export const style = `:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6675; --line: #d5dbe3; --paper: #fff; --back: #f4f6f9; --accent: #1f5fbf; --bad: #a12020 }
@media (prefers-color-scheme: dark) { :root { --ink: #e7ecf3; --soft: #9aa7b8; --line: #36414f; --paper: #1a212b; --back: #11161d; --accent: #7db0ff; --bad: #ff8f8f } }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 34rem; margin: 8vh auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px }
main:has(table) { max-width: 56rem }
h1 { margin: 0 0 1rem; font-size: 1.4rem } h2 { margin: 2rem 0 .5rem; font-size: 1.1rem }
label { display: block; margin: .8rem 0 .2rem; font-weight: 600 }
input, select { width: 100%; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 6px }
button { margin-top: 1rem; padding: .5rem 1rem; font: inherit; font-weight: 600; color: var(--paper); background: var(--accent); border: 0; border-radius: 6px; cursor: pointer }
button.plain { margin: 0; padding: .2rem .6rem; color: var(--accent); background: none; border: 1px solid var(--line) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
p { color: var(--soft) } p a { color: var(--accent) } p.bad { color: var(--bad); font-weight: 600 }
code { display: block; padding: .6rem; overflow-wrap: anywhere; background: var(--back); border: 1px solid var(--line); border-radius: 6px }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.wide { position: relative; overflow-x: auto } table { width: 100%; border-collapse: collapse } th, td { padding: .4rem .5rem; text-align: left; vertical-align: top; white-space: nowrap; border-bottom: 1px solid var(--line) }
td.long { min-width: 8rem; white-space: normal; overflow-wrap: anywhere }
nav { display: flex; gap: 1rem; align-items: center; justify-content: space-between; margin-bottom: 1rem } nav a, td a { color: var(--accent) } nav strong { color: var(--ink) }
nav[aria-label] { justify-content: flex-start; flex-wrap: wrap } .row { display: flex; flex-wrap: wrap; gap: .6rem } details form { margin-bottom: 1.2rem } section { margin-top: 1.5rem; padding-top: .5rem; border-top: 1px solid var(--line) }
label input[type=checkbox] { width: auto } summary { cursor: pointer; color: var(--accent); margin-top: .6rem }
main:has(nav[aria-label]) { max-width: 64rem }
@media (max-width: 40rem) { main { margin: 0; padding: 1.2rem; border-width: 0 0 1px; border-radius: 0 } }
`
