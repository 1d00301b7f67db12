import { asciiJson, invalid } from '@cairn/protocol'
import { lengthOf, pythonString } from './python-text.ts'

// Python's `\w` with its Unicode meaning. MLflow's pattern ends in `$`, which also lets one line
// feed pass at the end; such a key cannot be named in a search, so it is refused here.
const allowed = /^[/\p{L}\p{N}_.\- :]*$/u

/**
 * MLflow's rule for the keys of metrics, params and tags: word characters, `/ . - space :`, and
 * equal to its own normal form as a path, because keys become file names elsewhere.
 *
 * @param path names the key in the message: `key`, `tags[0].key`
 */
export function checkKeyName(name: string, path = 'key'): void {
  if (!allowed.test(name)) {
    throw refused(path, name, 'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).')
  }
  const normal = normalPath(name)
  if (normal !== name || normal === '.' || normal.startsWith('..') || normal.startsWith('/')) {
    throw refused(path, name, `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to ${pythonString(normal)}`)
  }
}

/** Refuses text over `limit` code points. `what` is how MLflow calls it: `key`, `Metric name`. */
export function checkLength(what: string, text: string, limit: number): void {
  if (text.length > limit && lengthOf(text) > limit) throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`)
}

const refused = (path: string, value: string, why: string): Error =>
  invalid(`Invalid value ${asciiJson(value)} for parameter '${path}' supplied: ${why}`)

/** Python's `posixpath.normpath`: unlike Node's it drops a trailing slash and keeps two leading ones. */
export function normalPath(path: string): string {
  if (path === '') return '.'
  const root = path.startsWith('//') && !path.startsWith('///') ? '//' : path.startsWith('/') ? '/' : ''
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && (parts.length > 0 ? parts.at(-1) !== '..' : root !== '')) parts.pop()
    else parts.push(part)
  }
  return root + parts.join('/') || '.'
}
