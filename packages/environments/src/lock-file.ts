/** Of `pip install --report`: https://pip.pypa.io/en/stable/reference/installation-report/ */
export interface Report {
  readonly install?: readonly {
    readonly metadata: { readonly name: string; readonly version: string }
    readonly download_info?: { readonly archive_info?: { readonly hashes?: Readonly<Record<string, string>> } }
  }[]
}

const canonical = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-')

/**
 * What is installed as a requirements file. Each line has its hash where pip reported all of them:
 * pip takes hashes for every requirement or for none.
 */
export function lockText(frozen: readonly string[], reports: readonly Report[]): string {
  const hashes = new Map<string, string>()
  for (const { install = [] } of reports) {
    for (const { metadata, download_info } of install) {
      const sha256 = download_info?.archive_info?.hashes?.['sha256']
      if (sha256 !== undefined) hashes.set(`${canonical(metadata.name)}==${metadata.version}`, sha256)
    }
  }
  const lines = frozen.filter((line) => /^[\w.-]+(?:==| @ )|^-e /.test(line))
  const keys = lines.map((line) => /^([\w.-]+)==(\S+)$/.exec(line)?.slice(1)).map((parts) => (parts === undefined ? undefined : `${canonical(parts[0]!)}==${parts[1]!}`))
  const all = keys.every((key) => key !== undefined && hashes.has(key))
  return lines.map((line, index) => (all ? `${line} --hash=sha256:${hashes.get(keys[index]!)!}` : line)).map((line) => `${line}\n`).join('')
}

/** A lock for another kind of machine: the same versions, whose files there are others. */
export const withoutHashes = (lock: string): string => lock.replace(/ --hash=\S+/g, '')

/** Name → version (or where it comes from) of a lock's lines. */
export function lockedVersions(lock: string): Map<string, string> {
  return new Map(lock.split('\n').flatMap((line) => {
    const match = /^([\w.-]+)(?:==(\S+)| @ (\S+))/.exec(line)
    return match === null ? [] : [[canonical(match[1]!), (match[2] ?? match[3])!] as const]
  }))
}
