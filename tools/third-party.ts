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

/** The licences of what a bundle contains, as their authors ask that they be passed on; a text that several packages have stands once below all of them. */
export function thirdPartyText(root: string, inputs: readonly string[]): string {
  const packages = bundledPackages(inputs).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    const file = readdirSync(join(root, folder)).find((entry) => /^(?:licen[cs]e|copying)(?:[.-]|$)/i.test(entry))
    const text = file !== undefined && existsSync(join(root, folder, file)) ? readFileSync(join(root, folder, file), 'utf8').trim() : '(the package brings no text of its licence)'
    return { head: `${name} ${version} (${license ?? 'no licence named'})`, text }
  })
  const parts = [...Map.groupBy(packages, ({ text }) => text)].map(([text, those]) => `${those.map(({ head }) => head).join('\n')}\n\n${text}`)
  return `Cairn contains the following packages.\n\n${parts.join(`\n\n${'-'.repeat(72)}\n\n`)}\n`
}

interface Locked {
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>
}

/**
 * What a bundle contains as a CycloneDX 1.6 bill of materials (https://cyclonedx.org/docs/1.6/json/):
 * of each package name, version, licence, package URL and the digest by which it was installed.
 */
export function billOfMaterials(root: string, inputs: readonly string[]): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Locked
  const own = JSON.parse(readFileSync(join(root, 'packages/cli/package.json'), 'utf8')) as Manifest
  const purl = ({ name, version }: Manifest): string => `pkg:npm/${name.replace('@', '%40')}@${version}`
  const components = bundledPackages(inputs).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
    const [group, plain] = manifest.name.startsWith('@') ? manifest.name.split('/') as [string, string] : [undefined, manifest.name]
    const digest = /^sha512-(.+)$/.exec(lock.packages[folder]?.integrity ?? '')?.[1]
    return {
      type: 'library', 'bom-ref': `${purl(manifest)}#${folder}`, ...(group !== undefined && { group }), name: plain, version: manifest.version, purl: purl(manifest),
      ...(manifest.license !== undefined && { licenses: [{ expression: manifest.license }] }),
      ...(digest !== undefined && { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }),
    }
  })
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json', bomFormat: 'CycloneDX', specVersion: '1.6', version: 1,
    metadata: { component: { type: 'application', 'bom-ref': purl(own), name: own.name, version: own.version, purl: purl(own), licenses: [{ expression: own.license }] } },
    components,
    dependencies: [{ ref: purl(own), dependsOn: components.map((component) => component['bom-ref']) }],
  }
  return `${JSON.stringify(bill)}\n`
}
