import { invalid } from '@cairn/protocol'

/**
 * A name that passed `safePath`: segments joined by `/`, none of them empty, `.` or `..`; "" is the
 * root. Stores take nothing else, so no string of a user reaches the file system unchecked.
 */
export type SafePath = string & { readonly [safe]: true }
declare const safe: unique symbol

export const rootPath = '' as SafePath

/** Bytes; what ext4, XFS, APFS, NTFS and S3 all take. */
const maxSegment = 255
const maxPath = 1024
const maxDecodings = 10

// Control characters would break headers and terminals, NUL ends a path in C.
const control = /\p{Cc}/u
const forbidden = /[\\#?]/
/** `C:`, `C:/x`; and any URI, `file:/etc` included. */
const driveOrScheme = /^[a-z]:(?:\/|$)|^[a-z][a-z0-9+.-]*:\//i
/** `..;x`, `.;`, `;x`: segments that some servers read as `..`, `.` and nothing. */
const smuggled = /^\.{0,2};/

/**
 * The one resolver of names. Percent-encoding is undone until nothing changes, as MLflow does
 * (`%252e%252e` is `..`), then everything that could mean a place outside is refused: `..`,
 * absolute paths of POSIX and Windows, drives, URIs, `\`, `#`, `?`, `;` tricks, NUL and other
 * control characters, lone surrogates, bytes that are not UTF-8. Doubled and trailing slashes
 * mean nothing, as on disk.
 *
 * `.` segments are refused too, except where a client lists or reads (`dots: 'drop'`): MLflow's
 * lists `.` for the root.
 */
export function safePath(name: string, options: { dots?: 'drop' } = {}): SafePath {
  const decoded = decodeFully(name)
  if (control.test(decoded) || forbidden.test(decoded) || !decoded.isWellFormed()) throw invalidPath()
  if (decoded.startsWith('/') || driveOrScheme.test(decoded)) throw invalidPath()
  const segments = decoded.split('/').filter((segment) => segment !== '' && !(options.dots === 'drop' && segment === '.'))
  for (const segment of segments) {
    if (segment === '.' || segment === '..' || smuggled.test(segment)) throw invalidPath()
    if (Buffer.byteLength(segment) > maxSegment) throw invalidPath()
    // Windows drops these endings and reads `a:b` as a stream of `a`.
    if (process.platform === 'win32' && /[. ]$|:/.test(segment)) throw invalidPath()
  }
  const path = segments.join('/')
  // Once more: a dropped `.` may have hidden a drive.
  if (Buffer.byteLength(path) > maxPath || driveOrScheme.test(path)) throw invalidPath()
  return path as SafePath
}

/** MLflow's words. They name no path: the message may be shown in a page. */
export const invalidPath = (): Error => invalid('Invalid path')

/** Both are safe, so the result is. */
export const joinPath = (base: SafePath, rest: SafePath): SafePath =>
  (base === '' ? rest : rest === '' ? base : `${base}/${rest}`) as SafePath

export const baseName = (path: SafePath): string => path.slice(path.lastIndexOf('/') + 1)
export const parentPath = (path: SafePath): SafePath => path.slice(0, Math.max(0, path.lastIndexOf('/'))) as SafePath

function decodeFully(name: string): string {
  let current = name
  for (let round = 0; round < maxDecodings; round += 1) {
    if (!current.includes('%')) return current
    const decoded = decodeOnce(current)
    if (decoded === current) return current
    current = decoded
  }
  throw invalidPath()
}

/** As Python's `unquote`: a `%` that begins no escape stays. Bytes that are not UTF-8 are refused. */
function decodeOnce(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      throw invalidPath()
    }
  })
}
