import { CairnError, invalid, readArtifactsLimits, type FoundText } from '@cairn/protocol'
import { safePath } from '../platform/files/index.ts'
import type { ArtifactLookups } from './artifacts.ts'
import { resolveLocation, within, type ArtifactRoots, type Place } from './locations.ts'

type Owner = { readonly run_id: string } | { readonly model_id: string }

/** Files that are open at once; a bucket answers each in some milliseconds. */
const atOnce = 16

/**
 * What is there of `paths` below each owner's root. What is absent, deleted meanwhile, or kept
 * where this server does not reach is left out: one of many must not hide the others.
 */
export async function readTexts(
  roots: ArtifactRoots, lookups: ArtifactLookups, { owners, paths }: { owners: readonly Owner[]; paths: readonly string[] }, host: string | undefined,
): Promise<{ files: FoundText[]; texts: string[] }> {
  const limits = readArtifactsLimits
  if (owners.length > limits.owners) throw invalid(`At most ${limits.owners} runs and models are read at once; these are ${owners.length}.`)
  if (paths.length > limits.paths) throw invalid(`At most ${limits.paths} paths are read at once; these are ${paths.length}.`)
  const names = paths.map((path) => safePath(path, { dots: 'drop' }))
  const wanted = owners.flatMap((owner) => {
    let uri: Promise<string | undefined> | undefined
    // Asked for with the first of its paths, so that owners are not all looked up at once.
    const uriOf = () => uri ??= absentAs(() => ('run_id' in owner ? lookups.runArtifactUri(owner.run_id) : lookups.loggedModelArtifactUri(owner.model_id)))
    return names.map((name) => ({ owner, name, uriOf }))
  })
  const found: { file: FoundText; text: string | undefined }[] = []
  let total = 0
  const queue = wanted.entries()
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const [at, { owner, name, uriOf }] of queue) {
      const uri = await uriOf()
      if (uri === undefined) continue
      const read = await absentAs(() => readText(within(resolveLocation(uri, roots, host), name), total < limits.total ? limits.bytes : 0))
      if (read === undefined) continue
      total += read.text?.length ?? 0
      found[at] = { file: { path: name, ...owner }, text: read.text }
    }
  }))
  const texts = new Map<string, number>()
  // In the order in which they were asked for; what was not found left no entry.
  const files = found.filter(() => true).map(({ file, text }) => {
    if (text === undefined) return file
    if (!texts.has(text)) texts.set(text, texts.size)
    return { ...file, text: texts.get(text)! }
  })
  return { files, texts: [...texts.keys()] }
}

/** Undefined where there is no such file; without text where it is too large or none. */
async function readText(place: Place, most: number): Promise<{ text?: string } | undefined> {
  const opened = await place.store.open(place.path)
  if (opened === undefined || opened === 'folder') return undefined
  if (opened.info.size > most) {
    await opened[Symbol.asyncDispose]()
    return {}
  }
  const bytes = Buffer.allocUnsafe(opened.info.size)
  let at = 0
  // Each piece is valid only until the next one.
  for await (const piece of opened.read()) {
    bytes.set(piece.subarray(0, bytes.length - at), at)
    at += Math.min(piece.length, bytes.length - at)
  }
  const whole = bytes.subarray(0, at)
  return whole.includes(0) ? {} : { text: whole.toString('utf8') }
}

async function absentAs<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    // A location that is another server's or the client's own is refused as bad input.
    if (error instanceof CairnError && ['RESOURCE_DOES_NOT_EXIST', 'INVALID_PARAMETER_VALUE', 'NOT_FOUND'].includes(error.code)) return undefined
    throw error
  }
}
