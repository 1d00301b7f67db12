import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { maxLines, packages, portable, reserved, slices, sqlFiles } from './layers.ts'

export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly exports?: unknown
}

export interface Tree {
  /** Text by path from the root, with `/`. */
  readonly files: ReadonlyMap<string, string>
  /** `package.json` by package folder; "" for the root's. */
  readonly manifests: ReadonlyMap<string, Manifest>
}

/** What stands in the way of STYLE rules 3, 7 and 8, one sentence each. */
export function check(tree: Tree): string[] {
  const problems: string[] = []
  for (const [file, text] of tree.files) {
    const lines = text.split('\n').length - 1
    if (lines > maxLines) problems.push(`${file}: ${lines} lines; past ${maxLines} a file has two jobs`)
    for (const { specifier, line } of importsOf(text)) {
      const problem = checkImport(tree, file, specifier)
      if (problem !== undefined) problems.push(`${file}:${line}: ${specifier}: ${problem}`)
    }
    if (file.startsWith('packages/server/') && !sqlFiles.test(file) && !isTest(file)) {
      for (const line of sqlLines(text)) problems.push(`${file}:${line}: SQL belongs in *-store.ts, *-view.ts or platform/db`)
    }
  }
  problems.push(...cycles(packages, 'packages'), ...cycles(slices, 'slices'))
  return problems
}

const isTest = (file: string): boolean => /\.test\.tsx?$|(?:^|\/)testing(?:-[a-z-]+)?(?:\.ts$|\/)/.test(file)

/** Import specifiers, static and dynamic, of types too, and workers named by `new URL(…, import.meta.url)`. */
export function importsOf(text: string): { specifier: string; line: number }[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  const patterns = [
    /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"\n]+)['"]/gm,
    /^[ \t]*import\s*['"]([^'"\n]+)['"]/gm,
    /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g,
    /\bnew URL\(\s*['"](\.[^'"\n]+\.[cm]?[jt]sx?)['"]\s*,\s*import\.meta\.url\s*\)/g,
  ]
  const found = patterns.flatMap((pattern) => [...code.matchAll(pattern)].filter((match) => !inLineComment(code, match.index + match[0].length)))
  return found
    .map((match) => ({ specifier: match[1]!, line: code.slice(0, match.index + match[0].length).split('\n').length }))
    .toSorted((a, b) => a.line - b.line)
}

const inLineComment = (code: string, end: number): boolean =>
  /^\s*\/\//.test(code.slice(code.lastIndexOf('\n', end - 1) + 1, end))

function checkImport(tree: Tree, file: string, specifier: string): string | undefined {
  const own = /^packages\/([^/]+)\/(.+)$/.exec(file)
  const rule = reserved.find(({ module, only }) => module.test(specifier) && !only.test(file))
  if (rule !== undefined && own !== null && !isTest(file)) return rule.why
  if (specifier.startsWith('.')) return checkRelative(file, normalize(join(dirname(file), specifier)), own?.[1])
  if (specifier.startsWith('node:')) {
    const exception = own === null ? undefined : portable[own[1]!]
    return exception === undefined || exception.test(own![2]!) || isTest(file)
      ? undefined
      : `packages/${own![1]} also runs where there is no Node`
  }
  const name = specifier.startsWith('@') ? specifier.split('/', 2).join('/') : specifier.split('/', 1)[0]!
  return checkPackage(tree, file, name, own?.[1])
}

function checkRelative(file: string, target: string, owner: string | undefined): string | undefined {
  if (owner === undefined) return undefined
  if (!target.startsWith(`packages/${owner}/`)) return 'leaves its package; import the other package by name'
  if (owner !== 'server') return undefined
  const from = serverPlace(file)
  const to = serverPlace(target)
  if (from === undefined || to === undefined || from === to) return undefined
  if (from === 'main') return undefined
  if (to === 'main') return 'main is the top: nothing imports it'
  if (from === 'platform') return 'platform knows no slice'
  if (to === 'platform') return undefined
  if (isTest(file)) return undefined
  if (!slices[from]) return `slice ${from} is not in the table of tools/layers.ts`
  if (!slices[from].includes(to)) return `slice ${from} may not use ${to} (tools/layers.ts)`
  return target === `packages/server/src/${to}/index.ts` ? undefined : `goes past the front door: import ../${to}/index.ts`
}

/** `main`, `platform` or the slice that a file of the server belongs to; the package's own index is main. */
function serverPlace(file: string): string | undefined {
  const path = /^packages\/server\/src\/(?:([^/]+)\/)?/.exec(file)
  return path === null ? undefined : path[1] ?? 'main'
}

function checkPackage(tree: Tree, file: string, name: string, owner: string | undefined): string | undefined {
  const manifest = owner === undefined ? undefined : tree.manifests.get(owner)
  const root = tree.manifests.get('')
  const anywhere = { ...root?.dependencies, ...root?.devDependencies }
  if (owner === undefined) {
    const known = Object.hasOwn(anywhere, name) || [...tree.manifests.values()].some((one) => Object.hasOwn(one.dependencies ?? {}, name))
    return known || name.startsWith('@cairn/') || name === 'cairn' ? undefined : 'is in no package.json'
  }
  if (!packages[owner]) return `package ${owner} is not in the table of tools/layers.ts`
  const inside = /^@cairn\/(.+)$/.exec(name)?.[1]
  if (inside !== undefined && inside !== owner && !packages[owner].includes(inside) && !isTest(file)) {
    return `packages/${owner} may not use packages/${inside} (tools/layers.ts)`
  }
  if (inside === owner) return undefined
  // The command line is published as one bundle, so what it bundles are its devDependencies.
  const own = { ...manifest?.dependencies, ...(owner === 'cli' || owner === 'web' || isTest(file) ? manifest?.devDependencies : {}) }
  if (Object.hasOwn(own, name) || (isTest(file) && Object.hasOwn(anywhere, name))) return undefined
  return `is not among the dependencies in packages/${owner}/package.json`
}

const sql = /\b(?:SELECT\b.*\bFROM|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(?:UNIQUE\s+|TEMP\s+)?(?:TABLE|INDEX)|ALTER\s+TABLE|DROP\s+(?:TABLE|INDEX))\b/

function sqlLines(text: string): number[] {
  return text.split('\n').flatMap((line, index) => (!/^\s*(?:\/\/|\/?\*)/.test(line) && sql.test(line) ? [index + 1] : []))
}

function cycles(table: Readonly<Record<string, readonly string[]>>, what: string): string[] {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): string[] => {
    if (path.includes(name)) return [`tools/layers.ts: ${what} in a circle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`]
    if (done.has(name)) return []
    const found = (table[name] ?? []).flatMap((next) => visit(next, [...path, name]))
    done.add(name)
    return found
  }
  return Object.keys(table).flatMap((name) => visit(name, []))
}

export function readTree(root: string): Tree {
  const patterns = ['packages/*/{src,bench,build}/**/*.{ts,tsx}', 'packages/*/*.ts', '{tools,tests,bench,examples}/**/*.{ts,tsx,mjs}']
  const skip = (name: string): boolean => /(?:^|\/)(?:node_modules|dist|\.venv|\.cache)(?:\/|$)/.test(name)
  const files = new Map(globSync(patterns, { cwd: root, exclude: skip }).toSorted().map((file) => [file, readFileSync(join(root, file), 'utf8')]))
  const manifests = new Map<string, Manifest>([['', readJson(join(root, 'package.json'))]])
  for (const path of globSync('packages/*/package.json', { cwd: root })) manifests.set(path.split('/')[1]!, readJson(join(root, path)))
  return { files, manifests }
}

const readJson = (path: string): Manifest => JSON.parse(readFileSync(path, 'utf8')) as Manifest

if (import.meta.main) {
  const tree = readTree(join(dirname(fileURLToPath(import.meta.url)), '..'))
  const problems = check(tree)
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
  else console.log(`imports: ${tree.files.size} files keep the directions of tools/layers.ts`)
}
