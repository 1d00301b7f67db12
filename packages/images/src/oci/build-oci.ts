import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { prepareEnvironment } from '@cairn/environments'
import { ImageError } from '../errors.ts'
import { places, type ImagePlan } from '../plan.ts'
import type { Runtime } from '../runtime.ts'
import { inspectBase, pythonOf, type BaseFacts } from './base.ts'
import { imageConfig } from './config.ts'
import { modelEntries, onnxEntries, runtimeEntries, treeEntries } from './files.ts'
import { addLayer, type Compression, type Layer, type LayerContent } from './layer.ts'
import { checkOutput, layoutWriter, type LayoutWriter } from './layout.ts'
import { environmentEntries } from './python-files.ts'
import { openImage } from './open.ts'
import { selectImage, type Image } from './source.ts'
import { writeTar } from './tar-write.ts'
import { hostPlatform, mediaTypes, ociLayerType, platformText, samePlatform, type Descriptor, type Manifest, type Platform } from './types.ts'

export interface OciOptions {
  readonly plan: ImagePlan
  readonly runtime: Runtime
  /** A layout (`oci:FOLDER:TAG`, a path) or an image of a registry. */
  readonly base: string
  /** A folder, or a file whose name ends in `.tar`. */
  readonly output: string
  readonly tag: string
  readonly platform: Platform
  readonly compression: Compression
  readonly offline: boolean
  /** Speak to the base's registry without TLS. */
  readonly plainHttp: boolean
  /** Speak TLS also to one on this machine. */
  readonly tls?: boolean | undefined
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

export interface BuiltImage {
  readonly output: string
  /** Of its manifest: the image's identity everywhere. */
  readonly digest: string
  readonly platform: string
  readonly base: string
  readonly layers: readonly { readonly what: string; readonly digest: string; readonly size: number }[]
}

/** CAIRN_IMAGE_DIR, or `~/.cache/cairn/images`: base images, and layers that go into many images. */
export const imageCache = (env: OciOptions['env']): string =>
  env['CAIRN_IMAGE_DIR'] || join(env['XDG_CACHE_HOME'] || join(env['HOME'] ?? homedir(), '.cache'), 'cairn', 'images')

/**
 * Writes an image as an OCI layout, without an engine: the base's layers, the program, the environment
 * and the model, each in its own layer. The same inputs give the same bytes.
 *
 * @throws ImageError, EnvironmentError
 */
export async function buildOci(options: OciOptions): Promise<BuiltImage> {
  const { output, tag, env, platform } = options
  const seconds = epoch(env)
  const archive = output.endsWith('.tar')
  await mkdir(dirname(output), { recursive: true })
  await using base = await openImage(options.base, { cwd: options.cwd, cache: imageCache(env), env, plainHttp: options.plainHttp, tls: options.tls, say: options.say, signal: options.signal })
  const image = await selectImage(base, platform)
  const scratch = await mkdtemp(join(tmpdir(), 'cairn-image-'))
  try {
    // Whatever speaks against it is found before anything is written.
    if (!archive) await checkOutput(output)
    const facts = await inspectBase(image)
    checkPlatform(facts, options.plan, platform, base.where)
    const environment = await environmentFor(facts, base.where, { ...options, scratch })
    const writer = await layoutWriter(archive ? join(scratch, 'layout') : output)
    const { manifest, layers } = await assemble(image, writer, { ...options, seconds, facts, environment })
    await writer.finish({ ...manifest, platform }, tag)
    if (archive) await writeArchive(writer.folder, output, seconds)
    return { output, digest: manifest.digest, platform: platformText(platform), base: base.where, layers }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Assembly extends OciOptions {
  readonly seconds: number
  readonly facts: BaseFacts
  readonly environment: LayerContent | undefined
}

async function assemble(image: Image, writer: LayoutWriter, options: Assembly): Promise<{ manifest: Descriptor; layers: BuiltImage['layers'] }> {
  const { plan, runtime, env, seconds, compression, facts, environment, say } = options
  const { source } = image
  const built: (Layer & { readonly what: string })[] = []
  const cache = imageCache(env)
  const add = async (what: string, content: LayerContent, keep: boolean): Promise<void> => {
    say(`Packing the ${what}.`)
    built.push({ what, ...await addLayer(content, { seconds, compression, writer, cache: keep ? cache : undefined }) })
  }
  await add('program', { entries: () => runtimeEntries(runtime, facts.node === undefined) }, true)
  if (environment !== undefined) await add('environment', environment, true)
  await add('model', { entries: () => modelEntries(plan) }, false)

  const baseLayers = image.manifest.layers.map((layer) => ({ mediaType: ociLayerType(layer.mediaType), digest: layer.digest, size: layer.size }))
  for (const layer of baseLayers) await writer.take(await source.open(layer), layer, source.where)
  const start = { name: plan.name, manager: 'local', onnx: plan.onnx !== undefined, node: facts.node } as const
  const config = imageConfig(image, {
    start, layers: built, labels: { ...plan.labels, ...(source.publicName !== undefined && { 'org.opencontainers.image.base.name': source.publicName }) },
    path: environment === undefined || plan.onnx !== undefined ? undefined : `${places.environment}/bin`, created: new Date(seconds * 1000),
  })
  const put = async (mediaType: string, value: unknown): Promise<Descriptor> => ({ mediaType, ...await writer.put(Buffer.from(JSON.stringify(value))) })
  const manifest: Manifest = {
    schemaVersion: 2, mediaType: mediaTypes.manifest, config: await put(mediaTypes.config, config), layers: [...baseLayers, ...built.map(({ descriptor }) => descriptor)],
    annotations: { 'org.opencontainers.image.base.digest': image.descriptor.digest, ...(source.publicName !== undefined && { 'org.opencontainers.image.base.name': source.publicName }) },
  }
  return {
    manifest: await put(mediaTypes.manifest, manifest),
    layers: [...baseLayers.map(({ digest, size }) => ({ what: 'base', digest, size })), ...built.map(({ what, descriptor: { digest, size } }) => ({ what, digest, size }))],
  }
}

function checkPlatform(facts: BaseFacts, plan: ImagePlan, platform: Platform, where: string): void {
  const here = process.platform === 'linux' && samePlatform(hostPlatform(), { ...platform, os: 'linux' })
  const machine = `${process.platform}/${process.arch}`
  if (facts.node === undefined && (!here || facts.musl)) {
    throw new ImageError(
      facts.musl ? `${where} is built on musl (as Alpine is), where this machine's Node does not run.` : `This machine is ${machine}, and its Node does not run in an image for ${platformText(platform)}.`,
      `Take a base that brings Node: --base node:${process.versions.node}-slim`,
    )
  }
  if (plan.python !== undefined && plan.python.manager !== 'local' && !here) {
    throw new ImageError(`The model's Python environment is built on this machine, which is ${machine}, and the image is for ${platformText(platform)}.`, 'Build it on such a machine, or with an engine: cairn models build-docker --platform')
  }
}

/** The files of what the model needs besides the program; undefined where that is nothing, or in the base. */
async function environmentFor(facts: BaseFacts, where: string, options: OciOptions & { readonly scratch: string }): Promise<LayerContent | undefined> {
  const { plan, platform, offline, env, say, signal, scratch } = options
  const { onnx } = plan
  if (onnx !== undefined) return { entries: () => onnxEntries(onnx, platform.architecture) }
  if (plan.python === undefined) return undefined
  const { manager, spec, extra } = plan.python
  if (manager === 'local') {
    if (!facts.anyPython) throw new ImageError(`${where} has no Python on its PATH, and --env-manager local takes the base's own.`, 'Take a base with Python and the model’s packages, or let them be installed: --env-manager virtualenv')
    return undefined
  }
  const minor = (version: string): string => /^\d+\.\d+/.exec(version)?.[0] ?? version
  // Before minutes are spent on an environment that nothing could run.
  if (spec.python !== undefined && /^\d+\.\d+/.test(spec.python)) pythonOf(facts, minor(spec.python), where)
  const environment = await prepareEnvironment({ manager: manager === 'uv' ? 'uv' : 'virtualenv', spec, folder: plan.fetched.folder, extra, offline, env, say, signal })
  const python = pythonOf(facts, minor(environment.python.version), where)
  return {
    // A built environment is not changed any more, and each build has a path of its own.
    key: JSON.stringify([environment.id, environment.path, environment.python.version, python]),
    entries: async () => environmentEntries({ environment, python, scratch: await mkdtemp(join(scratch, 'pyc-')), env, signal }),
  }
}

/** SOURCE_DATE_EPOCH, or the beginning of time: https://reproducible-builds.org/specs/source-date-epoch/ */
function epoch(env: OciOptions['env']): number {
  const text = env['SOURCE_DATE_EPOCH'] ?? ''
  if (text === '') return 0
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 0 || seconds >= 8 ** 11) throw new ImageError(`SOURCE_DATE_EPOCH is "${text}".`, 'It is a number of seconds since 1970: SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)')
  return seconds
}

async function writeArchive(folder: string, output: string, seconds: number): Promise<void> {
  const entries = await treeEntries(folder, '.', () => false)
  const partial = `${output}.part`
  try {
    await pipeline(Readable.from(writeTar(entries.map((entry) => ({ ...entry, path: entry.path.replace(/^\.\//, '') })), seconds)), createWriteStream(partial))
    await rename(partial, output)
  } finally {
    await rm(partial, { force: true })
  }
}
