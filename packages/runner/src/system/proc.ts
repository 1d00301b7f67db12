import { readdirSync, readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second and memory in pages; see proc(5). */
const ticks = 100
const page = 4096

function fields(path: string): string[] | undefined {
  try {
    const text = readFileSync(path, 'latin1')
    // The second field is a name that may hold spaces and brackets.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** Processor seconds of children that this process has waited for, and theirs; undefined outside Linux. */
export function childSeconds(): number | undefined {
  const stat = fields('/proc/self/stat')
  return stat === undefined ? undefined : (Number(stat[13]) + Number(stat[14])) / ticks
}

/** Bytes that the processes of a session hold in memory now. */
export function sessionMemory(session: number): number | undefined {
  let bytes: number | undefined
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return undefined
  }
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const stat = fields(`/proc/${name}/stat`)
    if (stat !== undefined && Number(stat[3]) === session) bytes = (bytes ?? 0) + Number(stat[21]) * page
  }
  return bytes
}

/** When a process started, in ticks since the machine did; undefined where it is not there, or outside Linux. */
export const processStart = (pid: number): string | undefined => fields(`/proc/${pid}/stat`)?.[19]
