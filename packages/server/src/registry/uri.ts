/** A URI in its five parts, split as Python's `urlsplit` does, but nothing dropped. */
export interface Uri {
  /** Lower case; "" without one. */
  readonly scheme: string
  /** Without the slashes; "" without one. */
  readonly authority: string
  readonly path: string
  /** With its `?`, or "". */
  readonly query: string
  /** With its `#`, or "". */
  readonly fragment: string
}

export function splitUri(text: string): Uri {
  const parts = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(text)!
  return { scheme: (parts[1] ?? '').toLowerCase(), authority: parts[2] ?? '', path: parts[3]!, query: parts[4] ?? '', fragment: parts[5] ?? '' }
}

/** Percent-decoded until nothing changes any more. Bytes are taken one by one: it is only compared. */
export function unquoteAll(text: string): string {
  for (let decoded = text; ; text = decoded) {
    decoded = text.replace(/%[0-9a-fA-F]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
    if (decoded === text) return text
  }
}

export const pathParts = (path: string): string[] => path.split('/').filter((part) => part !== '').map(unquoteAll)

/** Whether a path lies in a folder or is it; in the root of everything nothing lies. */
export const isWithin = (path: readonly string[], folder: readonly string[]): boolean =>
  folder.length > 0 && folder.every((part, index) => path[index] === part) && !path.some((part) => part === '.' || part === '..')
