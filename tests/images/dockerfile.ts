import { execFileSync } from 'node:child_process'
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, matchesGlob } from 'node:path'

export interface Instruction {
  readonly word: string
  readonly rest: string
}

export interface Stage {
  readonly base: string
  readonly name: string | undefined
  readonly instructions: readonly Instruction[]
}

/** The stages of a Dockerfile, as https://docs.docker.com/reference/dockerfile/ writes them; ARGs in front of FROM have their defaults. */
export function parseDockerfile(text: string): Stage[] {
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n\s*/g, ' ').split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const args: Record<string, string> = {}
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = []
  for (const line of lines) {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? []
    if (word === undefined || rest === undefined) throw new Error(`This is no instruction: ${line}`)
    const stage = stages.at(-1)
    if (word === 'FROM') {
      const [, base, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest.replace(/\$\{(\w+)\}/g, (_all, arg: string) => args[arg] ?? ''))!
      stages.push({ base: base!, name, instructions: [] })
    } else if (stage !== undefined) stage.instructions.push({ word, rest })
    else if (word === 'ARG') args[rest.slice(0, rest.indexOf('='))] = rest.slice(rest.indexOf('=') + 1)
    else throw new Error(`${word} stands in front of the first FROM`)
  }
  return stages
}

/** Values of an instruction that a stage has at most once, in its JSON form. */
export const words = (stage: Stage, word: string): string[] => JSON.parse(stage.instructions.find((one) => one.word === word)!.rest.replace(/^[^[]*/, '')) as string[]

/** `A=b C="d e"` as it stands after ENV and LABEL. */
export const pairs = (stage: Stage, word: string): Record<string, string> => Object.fromEntries(
  stage.instructions.filter((one) => one.word === word).flatMap(({ rest }) => [...rest.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name, quoted, plain]) => [name!, quoted ?? plain!])))

/** What `COPY . .` takes of a folder, by the rules of its .dockerignore: the last pattern that fits decides. */
export function copyContext(from: string, to: string): void {
  const rules = readFileSync(join(from, '.dockerignore'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const fits = (path: string, pattern: string): boolean => matchesGlob(path, pattern)
  const copy = (folder: string, outside: boolean): void => {
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      let ignored = outside
      for (const rule of rules) {
        if (rule.startsWith('!')) {
          if (fits(path, rule.slice(1))) ignored = false
        } else if (fits(path, rule)) ignored = true
      }
      // Only what lies at the top is let in again, so that nothing below what is ignored counts.
      if (ignored) continue
      if (entry.isDirectory()) copy(path, ignored)
      else {
        mkdirSync(join(to, folder), { recursive: true })
        cpSync(join(from, path), join(to, path), { verbatimSymlinks: true })
      }
    }
  }
  copy('', false)
}

/** Carries out a stage's `COPY --from=…` in a root; `places` say where the folders of the other stage lie. */
export function carryOutCopies(stage: Stage, root: string, places: Readonly<Record<string, string>>): void {
  for (const { word, rest } of stage.instructions) {
    if (word !== 'COPY') continue
    const flags = Object.fromEntries([...rest.matchAll(/--(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]))
    const [from, to] = rest.replace(/--\S+\s+/g, '').split(/\s+/) as [string, string]
    const place = Object.entries(places).find(([start]) => from.startsWith(start))
    if (place === undefined) throw new Error(`Nobody knows where ${from} is`)
    const target = join(root, to)
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(place[1], from.slice(place[0].length)), target, { recursive: true, verbatimSymlinks: true })
    // Copies belong to root unless it says otherwise; where this account may not give files away, they stay its own.
    if (process.getuid!() === 0) {
      const [uid, gid] = (flags['chown'] ?? '0:0').split(':').map(Number) as [number, number]
      if (flags['chown'] === undefined) continue
      chownSync(target, uid, gid)
      for (const name of readdirSync(target, { recursive: true, encoding: 'utf8' })) chownSync(join(target, name), uid, gid)
    }
  }
}

/** Runs a `RUN` as the shell of a build does. */
export const run = (command: string, cwd: string): void => void execFileSync('/bin/sh', ['-c', command], { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
