import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The packages whose files are among a bundle's inputs (paths from the root), by their folders. */
export function bundledPackages(inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? [])
  return [...new Set(folders)].toSorted()
}

/** The manifests of all that a workspace depends on from outside: what a bundle of it may contain. */
export function dependencyManifests(root: string, workspace: string, found = new Set<string>()): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8')) as Manifest
  for (const name of Object.keys(dependencies)) {
    const own = /^@cairn\/(.+)$/.exec(name)?.[1]
    const folder = own === undefined ? `node_modules/${name}` : `packages/${own}`
    if (found.has(`${folder}/package.json`)) continue
    found.add(`${folder}/package.json`)
    dependencyManifests(root, folder, found)
  }
  return [...found].filter((path) => path.startsWith('node_modules/'))
}

/** The licences of what a bundle contains, as their authors ask that they be passed on. */
export function thirdPartyText(root: string, inputs: readonly string[]): string {
  const parts = bundledPackages(inputs).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    const file = readdirSync(join(root, folder)).find((entry) => /^(?:licen[cs]e|copying)(?:[.-]|$)/i.test(entry))
    const text = file !== undefined && existsSync(join(root, folder, file)) ? readFileSync(join(root, folder, file), 'utf8').trim() : '(the package brings no text of its licence)'
    return `${name} ${version} (${license ?? 'no licence named'})\n\n${text}`
  })
  return `Cairn contains the following packages.\n\n${parts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`
}
