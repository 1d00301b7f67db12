import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface WatchedRun {
  /** Exit status; 128 after a signal. */
  readonly code: number
  /** All that it printed. */
  readonly text: string
  /** What was ended because nothing was printed for too long: test files, or the command itself. */
  readonly hung: readonly string[]
}

export interface WatchOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Milliseconds without a byte of output after which something is taken to hang. */
  readonly silenceMs: number
  /** Where the output goes as it comes. */
  readonly write: (chunk: Buffer | string) => void
}

/** So many hanging files, and the rest of a command is not waited for. */
const patience = 3

/**
 * Runs a command that runs test files, and ends what hangs: a test that fails before it has put away
 * a timer or a server of its own keeps its file's process alive, and Node's runner would wait for it
 * for ever. After `silenceMs` without output the files that run are ended with all that they started,
 * and the runner goes on with the next; where no file is to be found (another runner, no `/proc`) or
 * it happens for the third time, the command is. Either counts as failed.
 */
export function watchedRun(command: readonly string[], { cwd, env, silenceMs, write }: WatchOptions): Promise<WatchedRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0]!, command.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    const hung: string[] = []
    const say = (words: string): void => write(`\n──── ${words} ────\n`)
    const silent = (): void => {
      const seconds = Math.round(silenceMs / 1000)
      const files = hung.length < patience ? testFilesBelow(child.pid!) : []
      for (const { pid, file } of files) {
        hung.push(file)
        say(`nothing was printed for ${seconds} s: ${file} is ended, it hangs or left something running`)
        endTree(pid)
      }
      if (files.length > 0) return void timer.refresh()
      hung.push(command.join(' '))
      say(`nothing was printed for ${seconds} s: \`${command.slice(0, 3).join(' ')} …\` is ended`)
      endTree(child.pid!)
      // Whoever has left the tree may still hold the pipes.
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
    }
    const timer = setTimeout(silent, silenceMs)
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        timer.refresh()
        chunks.push(chunk)
        write(chunk)
      })
    }
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({ code: code ?? (signal === null ? 1 : 128), text: Buffer.concat(chunks).toString(), hung })
    })
  })
}

interface Process {
  readonly pid: number
  readonly parent: number
  readonly args: readonly string[]
}

/** Every process of this machine; none where there is no `/proc`. */
function processes(): Process[] {
  if (!existsSync('/proc/self/stat')) return []
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      // `pid (name) state parent …`, where the name may hold anything.
      const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[1])
      return [{ pid: Number(name), parent, args: readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1) }]
    } catch {
      return [] // It has ended meanwhile.
    }
  })
}

/** The process and all below it, children after their parents. */
function tree(root: number, all: readonly Process[]): Process[] {
  const found = all.filter(({ pid }) => pid === root)
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

/** Processes of single test files that `node --test` has started below this one. */
function testFilesBelow(root: number): { pid: number; file: string }[] {
  const all = tree(root, processes())
  const runners = new Set(all.filter(({ args }) => args.includes('--test')).map(({ pid }) => pid))
  return all.flatMap(({ pid, parent, args }) => (runners.has(parent) && /\.test\.\w+$/.test(args.at(-1) ?? '') ? [{ pid, file: args.at(-1)! }] : []))
}

/** Ends a process and all below it, those above first: nobody is left to start another. */
function endTree(root: number): void {
  const pids = tree(root, processes()).map(({ pid }) => pid)
  for (const pid of pids.length > 0 ? pids : [root]) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}
