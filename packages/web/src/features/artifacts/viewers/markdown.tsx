import MarkdownIt from 'markdown-it'
import { useMemo, type MouseEvent, type ReactNode } from 'react'

export interface MarkdownProps {
  readonly text: string
  /** The address of an image that the text names by a relative path. */
  resolve?(path: string): string
  /** The address of the page for a file that the text names so. */
  open?(path: string): string
}

interface Around extends Pick<MarkdownProps, 'resolve' | 'open'> {
  /** How often each name of a heading was given already. */
  readonly slugs: Map<string, number>
}

const md = new MarkdownIt({ html: false, linkify: true })

// Alignment comes as a style attribute, which the content policy refuses; a class says the same.
for (const cell of ['th_open', 'td_open'] as const) {
  md.renderer.rules[cell] = (tokens, index, options, _env, self) => {
    const token = tokens[index]!
    const align = /text-align:(\w+)/.exec(String(token.attrGet('style') ?? ''))?.[1]
    if (align !== undefined) token.attrs = [['class', `align-${align}`]]
    return self.renderToken(tokens, index, options)
  }
}
md.renderer.rules['link_open'] = (tokens, index, options, env, self) => {
  const token = tokens[index]!
  const to = String(token.attrGet('href') ?? '')
  const { open } = env as unknown as Around
  if (open !== undefined && to !== '' && !/^(?:\w+:|[/#?])/.test(to)) token.attrSet('href', open(decoded(to)))
  if (/^\w+:/.test(to)) {
    token.attrSet('target', '_blank')
    token.attrSet('rel', 'noopener noreferrer')
  }
  return self.renderToken(tokens, index, options)
}
// An image from elsewhere would tell that server who reads this; it becomes a link.
md.renderer.rules['image'] = (tokens, index, _options, env) => {
  const { resolve } = env as unknown as Around
  const token = tokens[index]!
  const source = String(token.attrGet('src') ?? '')
  const alt = md.utils.escapeHtml(token.content)
  if (source.startsWith('data:')) return `<img src="${md.utils.escapeHtml(source)}" alt="${alt}">`
  if (!/^(?:\w+:|\/)/.test(source) && resolve !== undefined) return `<img src="${md.utils.escapeHtml(resolve(decoded(source)))}" alt="${alt}">`
  return `<a href="${md.utils.escapeHtml(source)}" target="_blank" rel="noopener noreferrer">${alt || md.utils.escapeHtml(source)}</a>`
}

/** Headings can be led to by their words, as GitHub names them. */
md.renderer.rules['heading_open'] = (tokens, index, options, env, self) => {
  const { slugs } = env as unknown as Around
  const name = (tokens[index + 1]?.content ?? '').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-')
  const times = slugs.get(name) ?? 0
  slugs.set(name, times + 1)
  tokens[index]!.attrSet('data-heading', times === 0 ? name : `${name}-${times}`)
  return self.renderToken(tokens, index, options)
}

/** What is no percent-encoding stands for itself. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Markdown without raw HTML: what looks like a tag is shown as text. */
export const toHtml = (text: string, around: Pick<MarkdownProps, 'resolve' | 'open'> = {}): string => md.render(text, { ...around, slugs: new Map() } satisfies Around)

/** `#part` leads to a heading of the same text: as an address of its own it would lead away from the page. */
function toHeading(event: MouseEvent<HTMLElement>): void {
  const to = (event.target as Element).closest('a')?.getAttribute('href')
  if (to?.startsWith('#') !== true) return
  event.preventDefault()
  const name = decoded(to.slice(1))
  const heading = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-heading]')].find((one) => one.dataset['heading'] === name)
  heading?.scrollIntoView({ block: 'start' })
}

export function Markdown({ text, resolve, open }: MarkdownProps): ReactNode {
  const html = useMemo(() => toHtml(text, { ...(resolve !== undefined && { resolve }), ...(open !== undefined && { open }) }), [text, resolve, open])
  return <div className="markdown" onClick={toHeading} dangerouslySetInnerHTML={{ __html: html }} />
}
