import { readdirSync, readFileSync } from 'node:fs'

/** One process as `/proc/<pid>/stat` shows it; times in clock ticks of 10 ms. */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Its own threads, living and ended. */
  readonly ownTicks: number
  /** Children that ended and were waited for, with theirs. */
  readonly reapedTicks: number
  readonly rssPages: number
}

export interface TreeUse {
  readonly processes: number
  readonly cpuMs: number
  readonly rssBytes: number
}

// Linux has exported times in hundredths of a second to user space on every architecture for decades.
const tickMs = 10
const pageBytes = 4096

/** The name of the process is in parentheses and may hold spaces and parentheses itself. */
export function parseStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    pid: Number.parseInt(text, 10),
    parent: field(4),
    ownTicks: field(14) + field(15),
    reapedTicks: field(16) + field(17),
    rssPages: field(24),
  }
}

/** A process and everything below it. */
export function treeOf(root: number, all: readonly ProcessStat[]): ProcessStat[] {
  const children = Map.groupBy(all, stat => stat.parent)
  const found = all.filter(stat => stat.pid === root)
  for (let i = 0; i < found.length; i++) found.push(...children.get(found[i]!.pid) ?? [])
  return found
}

export function sumUse(tree: readonly ProcessStat[]): TreeUse {
  let ticks = 0
  let pages = 0
  for (const stat of tree) {
    ticks += stat.ownTicks + stat.reapedTicks
    pages += stat.rssPages
  }
  return { processes: tree.length, cpuMs: ticks * tickMs, rssBytes: pages * pageBytes }
}

/**
 * What a server's whole process tree has used so far. Memory that processes share counts once for
 * each of them, as `ps` and `top` count it.
 */
export const treeUse = (root: number): TreeUse => sumUse(treeOf(root, readAll()))

export const treePids = (root: number): number[] => treeOf(root, readAll()).map(stat => stat.pid)

function readAll(): ProcessStat[] {
  const stats: ProcessStat[] = []
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      stats.push(parseStat(readFileSync(`/proc/${name}/stat`, 'latin1')))
    } catch { /* it ended meanwhile */ }
  }
  return stats
}
