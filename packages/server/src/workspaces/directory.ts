import { CairnError } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { defaultWorkspace, type Place } from './current.ts'
import { checkKnownName, missingWorkspace, type WorkspaceOperations } from './workspaces.ts'

interface Kept {
  readonly at: number
  readonly place: Place | undefined
}

/** How long what is known of a workspace holds; a change that another server makes counts after that. */
const freshMs = 1000
const most = 10_000

/** The workspaces by their names, as requests name them: each is looked up once a second at most. */
export class Directory {
  readonly #db: Database
  readonly #operations: WorkspaceOperations
  readonly #known = new Map<string, Kept>()

  constructor(db: Database, operations: WorkspaceOperations) {
    this.#db = db
    this.#operations = operations
  }

  /** Somebody changed a workspace through this server. */
  changed(): void {
    this.#known.clear()
  }

  /** The workspace of this name; throws what MLflow says of a name that is none or stands for nothing. */
  find(name: string): Place | Promise<Place> {
    const kept = this.#known.get(name)
    if (kept !== undefined && performance.now() - kept.at < freshMs) return there(kept.place, name)
    checkKnownName(name)
    return this.#db.read(this.#operations.find, { name }).then((place) => {
      this.#known.delete(name)
      this.#known.set(name, { at: performance.now(), place })
      if (this.#known.size > most) this.#known.delete(this.#known.keys().next().value!)
      return there(place, name)
    })
  }

  /** The one that is always there, with what was set of it. */
  get default(): Place | Promise<Place> {
    return this.find(defaultWorkspace.name)
  }
}

function there(place: Place | undefined, name: string): Place {
  if (place === undefined) throw missingWorkspace(name)
  return place
}

/** Off, as in MLflow: taken, a request that names a workspace would read and write the one place that all share. */
export const noWorkspaces = (): CairnError => new CairnError('FEATURE_DISABLED', 'Workspace APIs are not available: workspaces are not enabled on this server')
