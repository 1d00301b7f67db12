import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface StandIn {
  /** The folder to put at the front of PATH. */
  readonly bin: string
  /** Each command line that it was called with, without the program. */
  calls(): string[][]
}

/**
 * A program that takes docker's place, since no engine may be had where the tests run: it notes its
 * arguments and answers as docker would. `run` waits where the command asks it to sleep.
 */
export function standInEngine(folder: string, name = 'docker'): StandIn {
  const bin = join(folder, `bin-${name}`)
  const log = join(folder, `${name}.calls`)
  mkdirSync(bin, { recursive: true })
  writeFileSync(log, '')
  writeFileSync(join(bin, name), `#!/bin/bash
{ for word in "$@"; do printf '%s\\0' "$word"; done; printf '\\n'; } >> '${log}'
case "$1 $2" in
  'image inspect')
    case "$4" in
      '{{.Id}}') echo sha256:1d ;;
      *RepoDigests*) echo "\${5%:*}@sha256:${'ab'.repeat(32)}" ;;
      *) [ "$3" = here:1 ] ;;
    esac ;;
  'run --rm')
    case "$*" in *stubborn*) trap '' INT TERM; while true; do sleep 0.05; done ;; *sleep*) trap 'echo stopped; exit 137' INT TERM; echo waiting; while true; do sleep 0.05; done ;; *exit7*) echo failing >&2; exit 7 ;; esac
    echo "inside" ;;
  'build '*) cp -r "\${@: -1}" '${folder}/context' ;;
  'pull '*) [ "\${@: -1}" != missing:1 ] || { echo 'manifest unknown' >&2; exit 1; } ;;
esac
`)
  chmodSync(join(bin, name), 0o755)
  return {
    bin,
    calls: () => readFileSync(log, 'utf8').split('\n').filter((line) => line !== '').map((line) => line.split('\0').slice(0, -1)),
  }
}
