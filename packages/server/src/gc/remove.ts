import { findPlace, type KnownPlace } from './places.ts'
import { deleteFiles, measure } from './files.ts'
import type { Pass } from './pass.ts'
import { endRemoval, isBack, removeModel, removeRun, someRemovals, type Removal } from './removal-store.ts'
import type { Cutoff } from './due-store.ts'

/** A run or a logged model that is due. */
export interface Thing {
  readonly kind: Removal['kind']
  readonly id: string
  readonly location: string
}

export const words = { run: 'run', model: 'logged model' } as const
const filesOf = { run: 'artifacts of runs', model: 'artifacts of logged models' } as const
const plural = { run: 'runs', model: 'logged models' } as const

/** Why a thing has to stay, if it has. */
async function refusal({ options, uses }: Pass, { kind, id, location }: Thing, place: KnownPlace | undefined): Promise<{ reason: 'in-use' | 'unreachable'; why: string } | undefined> {
  const known = await uses()
  const version = known.versionOf(`${kind}:${id}`, place?.name)
  if (version !== undefined) return { reason: 'in-use', why: `Its files are those of the model version ${version}. Delete that first.` }
  if ((place === undefined || place.path === '') && !options.forgetUnreachable) {
    return { reason: 'unreachable', why: `Its files are at ${location}, where this program has no storage. Name it in CAIRN_ARTIFACT_STORES, or leave the files there with --forget-unreachable.` }
  }
  return undefined
}

/** Looks first at what a version needs, so that one that was just registered counts. */
export async function whyNot(pass: Pass, thing: Thing): Promise<string | undefined> {
  await (await pass.uses()).refresh()
  return (await refusal(pass, thing, findPlace(pass.roots, thing.location, pass.options.host)))?.why
}

/** Removes it for good, or counts what that would be; says why it stays. */
export async function removeThing(pass: Pass, thing: Thing, cutoff: Cutoff): Promise<void> {
  const { db, roots, options, tally } = pass
  const { kind, id, location } = thing
  const place = findPlace(roots, location, options.host)
  const refused = await refusal(pass, thing, place)
  if (refused !== undefined) return tally.leave({ kind: words[kind], id, ...refused })
  const uses = await pass.uses()
  const owner = `${kind}:${id}`
  const files = place !== undefined && place.path !== ''
  if (options.dryRun) {
    tally.things(plural[kind])
    uses.forget(owner)
    if (files) tally.files(filesOf[kind], await measure(roots, place, await uses.spared({ kind, id, place }), options.signal))
    return
  }
  const asked = { cutoff, author: { principal: options.principal, now: options.now() }, files }
  const done = kind === 'run' ? await db.write(removeRun, { ...asked, run_id: id }) : await db.write(removeModel, { ...asked, model_id: id })
  if (done === undefined) return tally.leave({ kind: words[kind], id, reason: 'changed', why: 'It was brought back meanwhile.' })
  tally.things(plural[kind])
  uses.forget(owner)
  if (done.removal !== undefined && place !== undefined) await removeFiles(pass, done.removal, place)
}

/** The files of something whose rows are gone. What goes wrong is tried again by the next pass. */
async function removeFiles({ db, roots, options, tally, uses }: Pass, { id, kind, thing }: Removal, place: KnownPlace): Promise<void> {
  try {
    const known = await uses()
    await known.refresh()
    const spared = await known.spared({ kind, id: thing, place })
    tally.files(filesOf[kind], await deleteFiles(roots, place, spared, thing, options.signal))
    await db.write(endRemoval, { id })
  } catch (error) {
    options.signal.throwIfAborted()
    tally.leave({ kind: 'files', id: thing, reason: 'failed', why: `They could not be deleted: ${(error as Error).message} The next pass tries again.` })
  }
}

/** What an earlier pass has begun: it was ended, or the storage did not answer. */
export async function finishEarlier(pass: Pass): Promise<void> {
  const { db, roots, options, tally } = pass
  for (let after = 0; ;) {
    const some = await db.scan(someRemovals, { after })
    if (some.length === 0) return
    for (const removal of some) {
      options.signal.throwIfAborted()
      const { id, kind, thing, location } = removal
      if (await db.scan(isBack, { kind, thing })) {
        if (!options.dryRun) await db.write(endRemoval, { id })
        continue
      }
      const place = findPlace(roots, location, options.host)
      if (place === undefined) {
        tally.leave({ kind: 'files', id: thing, reason: 'unreachable', why: `They are at ${location}, where this program has no storage now.` })
      } else if (options.dryRun) {
        tally.files(filesOf[kind], await measure(roots, place, await (await pass.uses()).spared({ kind, id: thing, place }), options.signal))
      } else await removeFiles(pass, removal, place)
    }
    after = some.at(-1)!.id
  }
}
