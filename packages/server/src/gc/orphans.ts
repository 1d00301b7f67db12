import { joinPath, rootPath, type SafePath } from '../platform/files/index.ts'
import type { Place } from '../artifacts/index.ts'
import { unknownIds } from './due-store.ts'
import { deleteFiles, deleteIfEmpty, inFolder } from './files.ts'
import { countUnusedDatasets, countUnusedKeys, findCommented, findOrphans, findViews, orphanKind, orphanPlaces, removeCommented, removeOrphans, removeViews, removeUnusedDatasets, removeUnusedKeys } from './orphans-store.ts'
import type { Pass } from './pass.ts'
import { findPlace, placeName } from './places.ts'
import { isBack } from './removal-store.ts'

/** Runs whose points go in one transaction. */
const ownersAtOnce = 16

export async function removeOrphanRows({ db, options, tally }: Pass): Promise<void> {
  tally.step('rows that belong to nothing')
  for (const place of orphanPlaces) {
    for (let after = -1; ;) {
      options.signal.throwIfAborted()
      const found = await db.scan(findOrphans, { place, after })
      if (found.length === 0) break
      after = found.at(-1)![0]
      if (options.dryRun) tally.things(orphanKind(place), found.reduce((sum, [, rows]) => sum + rows, 0))
      else {
        for (let from = 0; from < found.length; from += ownersAtOnce) {
          tally.things(orphanKind(place), await db.write(removeOrphans, { place, owners: found.slice(from, from + ownersAtOnce).map(([owner]) => owner) }))
        }
      }
    }
  }
  for (let after: number | undefined = -1; after !== undefined;) {
    options.signal.throwIfAborted()
    const { views, next }: { views: number[]; next: number | undefined } = await db.scan(findViews, { after })
    if (views.length > 0) tally.things('views', options.dryRun ? views.length : await db.write(removeViews, { views }))
    after = next
  }
  for (let after: string | undefined = ''; after !== undefined;) {
    options.signal.throwIfAborted()
    const { targets, count, next }: { targets: string[]; count: number; next: string | undefined } = await db.scan(findCommented, { after })
    if (targets.length > 0) tally.things('comments', options.dryRun ? count : await db.write(removeCommented, { targets }))
    after = next
  }
  const datasets = await db.scan(countUnusedDatasets, null)
  if (datasets > 0) tally.things('datasets that no run reads', options.dryRun ? datasets : await db.write(removeUnusedDatasets, null))
}

/** Servers keep the numbers of names in memory, so this is done only where none works. */
export async function removeUnusedNames({ db, options, tally }: Pass, hold: () => Disposable | undefined): Promise<void> {
  tally.step('names that nothing has')
  using held = hold()
  if (held === undefined) return
  const count = await db.scan(countUnusedKeys, null)
  if (count > 0) tally.things('names that nothing has', options.dryRun ? count : await db.write(removeUnusedKeys, null) ?? 0)
}

const runName = /^[0-9a-f]{32}$/
const modelName = /^m-[0-9a-f]{32}$/
/** Folders around runs; deeper than anybody nests experiments. */
const maxDepth = 8

/**
 * Folders `<run id>/artifacts` and `models/<model id>/artifacts` of ids that are not in the database. Folders
 * of known runs are not looked into. Other files belong to somebody who put them there by hand, and are not touched.
 */
export async function removeOrphanFiles(pass: Pass, { uris, cutoff }: NonNullable<Pass['options']['orphanFiles']>): Promise<void> {
  pass.tally.step('files that belong to nothing')
  const seen = new Set<string>()
  for (const uri of uris) {
    const place = findPlace(pass.roots, uri, pass.options.host)
    if (place === undefined || seen.has(place.name)) continue
    seen.add(place.name)
    await lookInto(pass, place, cutoff, 0)
  }
}

async function lookInto(pass: Pass, place: Place, cutoff: number | null, depth: number): Promise<void> {
  const { db, options, roots } = pass
  const uses = await pass.uses()
  for (let after: string | undefined; ;) {
    options.signal.throwIfAborted()
    const { entries, next } = await place.store.list(place.path, { ...(after !== undefined && { after }), limit: 1000 })
    const names = entries.filter(({ isFolder }) => isFolder).map(({ name }) => name)
    const inModels = place.path === 'models' || place.path.endsWith('/models')
    const runs = names.filter((name) => runName.test(name))
    const models = inModels ? names.filter((name) => modelName.test(name)) : []
    const unknown = [
      ...(await db.scan(unknownIds, { kind: 'run', ids: runs })).map((id) => ({ kind: 'run', id } as const)),
      ...(await db.scan(unknownIds, { kind: 'model', ids: models })).map((id) => ({ kind: 'model', id } as const)),
    ]
    for (const { kind, id } of unknown) {
      const files = inFolder(place, `${id}/artifacts`)
      if (!uses.touched(files)) await removeUnknown(pass, kind, id, files, cutoff)
    }
    const others = new Set([...runs, ...models])
    for (const name of names) {
      if (others.has(name) || depth === maxDepth) continue
      const folder = inFolder(place, name)
      if (!uses.owned(placeName(roots, folder))) await lookInto(pass, folder, cutoff, depth + 1)
    }
    if (next === undefined) return
    after = next
  }
}

async function removeUnknown({ db, roots, options, tally }: Pass, kind: 'run' | 'model', id: string, place: Place, cutoff: number | null): Promise<void> {
  const found = { files: 0, bytes: 0 }
  for await (const { info } of place.store.walk(place.path)) {
    if (cutoff !== null && info.modifiedMs > cutoff) return
    found.files += 1
    found.bytes += info.size
  }
  if (found.files === 0) return
  if (options.dryRun) return tally.files('files that belong to nothing', found)
  if (await db.scan(isBack, { kind, thing: id })) return
  try {
    tally.files('files that belong to nothing', await deleteFiles(roots, place, [], id, options.signal))
  } catch (error) {
    options.signal.throwIfAborted()
    tally.leave({ kind: 'files', id, reason: 'failed', why: `They could not be deleted: ${(error as Error).message}` })
  }
}

/** What clients began to upload in parts and gave up without a word: it takes space and nobody sees it. */
export async function removeAbandonedUploads({ roots, options, tally }: Pass, before: number): Promise<void> {
  tally.step('uploads that were never ended')
  for (const store of new Set([...roots.folders, ...roots.buckets].map((one) => one.store))) {
    options.signal.throwIfAborted()
    try {
      const count = await store.multipart.abandoned(before, !options.dryRun)
      if (count > 0) tally.things('uploads that were never ended', count)
    } catch (error) {
      tally.leave({ kind: 'files', id: 'uploads that were never ended', reason: 'failed', why: `They could not be looked through: ${(error as Error).message} The next pass tries again.` })
    }
  }
}

/** The folder of an experiment that is gone, where nothing is in it any more. */
export async function removeEmptyFolder({ roots, options, uses }: Pass, location: string): Promise<void> {
  const place = findPlace(roots, location, options.host)
  if (place === undefined || place.path === rootPath || (await uses()).owned(place.name)) return
  await deleteIfEmpty(place.store, joinPath(place.path, '' as SafePath))
}
