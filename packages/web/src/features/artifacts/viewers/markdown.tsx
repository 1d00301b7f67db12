import MarkdownIt from 'markdown-it'
import { useMemo, type ReactNode } from 'react'

export interface MarkdownProps {
  readonly text: string
  /** The address of an image that the text names by a relative path. */
  resolve?(path: string): string
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
md.renderer.rules['link_open'] = (tokens, index, options, _env, self) => {
  const token = tokens[index]!
  if (/^\w+:/.test(String(token.attrGet('href') ?? ''))) {
    token.attrSet('target', '_blank')
    token.attrSet('rel', 'noopener noreferrer')
  }
  return self.renderToken(tokens, index, options)
}
// An image from elsewhere would tell that server who reads this; it becomes a link.
md.renderer.rules['image'] = (tokens, index, _options, env) => {
  const resolve = (env as { resolve?: (path: string) => string } | undefined)?.resolve
  const token = tokens[index]!
  const source = String(token.attrGet('src') ?? '')
  const alt = md.utils.escapeHtml(token.content)
  if (source.startsWith('data:')) return `<img src="${md.utils.escapeHtml(source)}" alt="${alt}">`
  if (!/^(?:\w+:|\/)/.test(source) && resolve !== undefined) return `<img src="${md.utils.escapeHtml(resolve(source))}" alt="${alt}">`
  return `<a href="${md.utils.escapeHtml(source)}" target="_blank" rel="noopener noreferrer">${alt || md.utils.escapeHtml(source)}</a>`
}

/** Markdown without raw HTML: what looks like a tag is shown as text. */
export const toHtml = (text: string, resolve?: (path: string) => string): string => md.render(text, { resolve })

export function Markdown({ text, resolve }: MarkdownProps): ReactNode {
  const html = useMemo(() => toHtml(text, resolve), [text, resolve])
  return <div className="markdown" dangerouslySetInnerHTML={{ __html: html }} />
}
