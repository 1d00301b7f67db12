import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EnvironmentError } from './errors.ts'

const include = /^(-r|-c|--requirement|--constraint)(?:\s+|=)?(\S.*)$/
const editable = /^(-e|--editable)(?:\s+|=)(\S.*)$/

/** Requirement lines as pip takes them from another folder: files that they name become absolute. */
export function anchoredLines(lines: readonly string[], folder: string): string[] {
  return lines.map((line) => {
    const [, flag, name] = include.exec(line.trim()) ?? []
    return flag === undefined ? line : `${flag} ${resolve(folder, unquoted(name!))}`
  })
}

/**
 * What a list of requirements says, with the files that it names read in: the text whose digest is
 * the environment's identity. A package in a folder counts by what is in the folder.
 */
export async function requirementText(lines: readonly string[], folder: string, seen: readonly string[] = []): Promise<string[]> {
  const text: string[] = []
  for (const raw of lines) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    if (line === '') continue
    const [, flag, name] = include.exec(line) ?? []
    if (flag !== undefined) {
      const path = resolve(folder, unquoted(name!))
      if (/^https?:/.test(unquoted(name!))) text.push(line)
      else if (!seen.includes(path)) {
        const content = await readFile(path, 'utf8').catch(() => undefined)
        if (content === undefined) throw new EnvironmentError(`The requirements name ${path}, and there is no such file.`, 'Add the file to the project, or take the line out.')
        // In order, since the order of indexes and constraints has a meaning to pip.
        text.push(`${flag.startsWith('-c') || flag === '--constraint' ? 'constraints' : 'requirements'} {`,
          ...await requirementText(content.replaceAll('\\\n', ' ').split(/\r?\n/), dirname(path), [...seen, path]), '}')
      }
      continue
    }
    const local = localPath(line, folder)
    text.push(line, ...(local === undefined ? [] : [`${line} is ${await folderDigest(local)}`]))
  }
  return text
}

/**
 * Files and folders below `folder` that requirements name, and those that files named by them name:
 * what has to be beside the lines where they are installed elsewhere. Relative to `folder`.
 */
export async function filesNamed(lines: readonly string[], folder: string, from = folder, found = new Set<string>()): Promise<string[]> {
  for (const raw of lines) {
    const line = raw.replace(/(?:^|\s)#.*$/, '').trim()
    const [, flag, name] = include.exec(line) ?? []
    if (line === '' || (flag !== undefined && /^https?:/.test(unquoted(name!)))) continue
    const path = flag === undefined ? localPath(line, from) : resolve(from, unquoted(name!))
    if (path === undefined) continue
    const inside = relative(folder, path)
    if (inside.startsWith('..') || isAbsolute(inside)) throw new EnvironmentError(`The requirements name ${path}, which is outside of ${folder}.`, 'It is not where the environment is installed: put it beside the requirements, or name a package of an index.')
    if (found.has(inside)) continue
    found.add(inside)
    if (flag === undefined) continue
    const content = await readFile(path, 'utf8').catch(() => undefined)
    if (content === undefined) throw new EnvironmentError(`The requirements name ${path}, and there is no such file.`, 'Add the file, or take the line out.')
    await filesNamed(content.replaceAll('\\\n', ' ').split(/\r?\n/), folder, dirname(path), found)
  }
  return [...found].toSorted()
}

const unquoted = (name: string): string => name.trim().replace(/^(["'])(.*)\1$/, '$2')

/** The folder or file on this machine that a requirement names, if it names one. */
function localPath(line: string, folder: string): string | undefined {
  const target = (editable.exec(line)?.[2] ?? /\s@\s+(file:\S+)/.exec(line)?.[1] ?? line).trim()
  const url = /^file:(?:\/\/)?(\/[^#;]*)/.exec(target)
  if (url !== null) return fileURLToPath(`file://${url[1]!}`)
  const path = target.replace(/\[[^\]]*\]$/, '')
  if (!/^(?:\.{1,2}(?:[/\\]|$)|\/)/.test(path) && !editable.test(line)) return undefined
  return isAbsolute(path) ? path : join(folder, path)
}

const skipped = new Set(['.git', '__pycache__', 'node_modules', '.venv', 'build', 'dist'])

async function folderDigest(path: string): Promise<string> {
  const hash = createHash('sha256')
  const info = await stat(path).catch(() => undefined)
  if (info === undefined) return 'nothing'
  if (info.isFile()) return hash.update(await readFile(path)).digest('hex')
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(path, file).split(sep).some((part) => skipped.has(part) || part.endsWith('.egg-info'))).toSorted()
  for (const file of files) hash.update(`${relative(path, file)}\0`).update(await readFile(file)).update('\0')
  return hash.digest('hex')
}
