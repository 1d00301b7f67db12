import type { ObjectInfo } from '../platform/files/index.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a request for a file wants of it, by its conditional and range headers (RFC 9110 §13, §14). */
export type Wanted =
  | { readonly kind: 'all' }
  /** Both ends included. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'not-modified' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'unsatisfiable' }

export function wantedOf(headers: Headers, info: ObjectInfo): Wanted {
  const modified = Math.floor(info.modifiedMs / 1000) * 1000
  const ifMatch = one(headers['if-match'])
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, info.etag, true)) return { kind: 'failed' }
  } else if (modified > dateOf(headers['if-unmodified-since'], Infinity)) return { kind: 'failed' }

  const ifNoneMatch = one(headers['if-none-match'])
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, info.etag, false)) return { kind: 'not-modified' }
  } else if (modified <= dateOf(headers['if-modified-since'], -Infinity)) return { kind: 'not-modified' }

  const range = one(headers['range'])
  if (range === undefined || !unchanged(one(headers['if-range']), info.etag, modified)) return { kind: 'all' }
  return rangeOf(range, info.size)
}

/**
 * One range. Several at once may be answered with the whole (§14.2), and no client of ours asks for
 * them; an ill-formed header is as if it were absent.
 */
function rangeOf(header: string, size: number): Wanted {
  const match = /^\s*bytes\s*=\s*(?:(\d+)\s*)?-\s*(?:(\d+)\s*)?$/i.exec(header)
  if (match === null || (match[1] === undefined && match[2] === undefined)) return { kind: 'all' }
  if (match[1] === undefined) {
    const length = Number(match[2])
    return length === 0 || size === 0 ? { kind: 'unsatisfiable' } : { kind: 'range', from: Math.max(0, size - length), to: size - 1 }
  }
  const from = Number(match[1])
  const to = match[2] === undefined ? Infinity : Number(match[2])
  if (to < from) return { kind: 'all' }
  return from >= size ? { kind: 'unsatisfiable' } : { kind: 'range', from, to: Math.min(to, size - 1) }
}

/** Without If-Range the range is wanted in any case; with it, only of the very same bytes. */
function unchanged(ifRange: string | undefined, etag: string, modified: number): boolean {
  if (ifRange === undefined) return true
  return ifRange.includes('"') ? ifRange.trim() === etag : Date.parse(ifRange) === modified
}

function matches(header: string, etag: string, strong: boolean): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((tag) => (strong ? tag.trim() : tag.trim().replace(/^W\//, '')) === etag)
}

function dateOf(header: string | string[] | undefined, otherwise: number): number {
  const text = one(header)
  const ms = text === undefined ? NaN : Date.parse(text)
  return Number.isNaN(ms) ? otherwise : ms
}

const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(',') : header)
