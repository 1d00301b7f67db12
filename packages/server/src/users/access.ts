import type { PermissionLevel, ResourceType } from '@cairn/protocol'
import type { Principal } from '../platform/http/index.ts'
import { allows, atLeast, together, type Action } from './levels.ts'

/** What an operation needs: an action on a resource, or on the first of the others that something was granted on. */
export interface Requirement {
  readonly type: ResourceType
  /** An id or name; `*` for what is only granted on all of its type. */
  readonly id: string
  readonly action: Action
  /** Asked, in order, where nothing is granted on the resource's own type; with the same action unless they say another. */
  readonly otherwise?: readonly { readonly type: ResourceType; readonly id: string; readonly action?: Action }[]
}

export interface Grant {
  readonly resource_type: ResourceType
  readonly resource_pattern: string
  readonly permission: PermissionLevel
}

/** Which rows of a type a listing may show, as the search's SQL needs it; travels to other threads. */
export interface Visibility {
  readonly user_id: number
  /** By name: grants hold in one workspace. */
  readonly workspace: string
  readonly type: ResourceType
  /** Whether what no grant names is shown. */
  readonly rest: boolean
  /** Whether anything at all may be shown. */
  readonly none: boolean
  /** Whether a grant on all of the type lifts what NO_PERMISSIONS takes from a single one. */
  readonly all: boolean
  /** Only these, where a token is limited to some. */
  readonly only?: readonly string[]
}

/** What limits a token to less than its user may. */
export interface Scope {
  readonly level: 'read' | 'write' | 'admin'
  /** Ids or names by type; a type that is not named has none. Undefined: no limit. */
  readonly only?: Readonly<Partial<Record<ResourceType, readonly string[]>>>
  /** When the token ends, in milliseconds since the epoch; undefined: never. */
  readonly ends?: number
}

/** What holds besides grants. */
export interface Defaults {
  /** Nobody who was granted something has less than this. */
  readonly floor: PermissionLevel
  /** What holds where nothing was granted. With workspaces it is nothing, unless a setting says so. */
  readonly absent: PermissionLevel
  /** The workspace, by name, whose grants count. */
  readonly workspace: string
  /** Whether making something needs a grant on the workspace, as MLflow wants it with workspaces. */
  readonly confined?: boolean
}

/** The user as far as rights depend on it. */
interface Holder {
  readonly id: number
  readonly username: string
  readonly is_admin: boolean
  readonly isService?: boolean
}

/** What one user may do in a workspace: the grants of all roles there, folded as MLflow folds them. */
export class Access {
  readonly userId: number
  readonly name: string
  /** Admins may do everything; DENY does not bind them. */
  readonly isAdmin: boolean
  /** Admin of the workspace: may do everything but handle admins and passwords. */
  readonly managesWorkspace: boolean
  readonly scope: Scope | undefined
  readonly #grants: readonly Grant[]
  readonly #byKey = new Map<string, PermissionLevel>()
  readonly #defaults: Defaults
  readonly #mayAll: boolean
  readonly #user: Holder

  constructor(user: Holder, grants: readonly Grant[], defaults: Defaults, scope?: Scope) {
    this.#user = user
    this.userId = user.id
    this.name = user.username
    this.scope = scope
    this.#grants = grants
    this.#defaults = defaults
    for (const { resource_type, resource_pattern, permission } of grants) {
      const key = `${resource_type}/${resource_pattern}`
      this.#byKey.set(key, together(this.#byKey.get(key), permission)!)
    }
    const mayAdminister = scope === undefined || scope.level === 'admin'
    this.isAdmin = user.is_admin && mayAdminister && scope?.only === undefined
    this.managesWorkspace = this.isAdmin || (mayAdminister && scope?.only === undefined && this.#byKey.get('workspace/*') === 'MANAGE')
    this.#mayAll = user.is_admin || this.#byKey.get('workspace/*') === 'MANAGE'
  }

  /** The same user by a token that may do less. */
  within(scope: Scope | undefined): Access {
    return scope === undefined ? this : new Access(this.#user, this.#grants, this.#defaults, scope)
  }

  /** What was granted on a resource, by its id or for all of its type; undefined where nothing was. */
  granted(type: ResourceType, id: string): PermissionLevel | undefined {
    if (this.#mayAll) return 'MANAGE'
    const all = this.#byKey.get(`${type}/*`)
    return id === '*' ? all : together(all, this.#byKey.get(`${type}/${id}`))
  }

  /** What comes of grants and default together. */
  level(type: ResourceType, id: string): PermissionLevel {
    const granted = this.granted(type, id)
    return granted === undefined ? this.#defaults.absent : atLeast(granted, this.#defaults.floor)
  }

  may(requirements: readonly Requirement[]): boolean {
    return requirements.every((requirement) => this.#meets(requirement))
  }

  /** Whether a listing may show it: members of a workspace see what lies in it. */
  canRead(type: ResourceType, id: string): boolean {
    return this.may([{ type, id, action: 'read', otherwise: [{ type: 'workspace', id: '*' }] }])
  }

  /** Whether somebody may do this with what belongs to nothing that could be granted. */
  mayElsewhere(action: Action): boolean {
    return this.scope?.only === undefined && (this.scope?.level !== 'read' || action === 'read') && allows(this.#mayAll ? 'MANAGE' : this.#defaults.absent, action)
  }

  /** The workspace, by name, in which this holds. */
  get workspace(): string {
    return this.#defaults.workspace
  }

  /**
   * Whether all teams are the user's to handle. They are the server's: who is in one has rights in that
   * team's workspaces, so the admin of one workspace among others has no say.
   */
  get managesTeams(): boolean {
    return this.isAdmin || (this.managesWorkspace && this.#defaults.confined !== true)
  }

  /**
   * Whether the user may watch how the server does: an admin, or a program, whose tokens an admin makes. What is
   * counted is counted by workspace and team, of which others may not even know.
   */
  get watches(): boolean {
    return (this.#user.is_admin || this.#user.isService === true) && this.scope?.only === undefined
  }

  /** Whether this workspace is any of the user's business. */
  get isPresent(): boolean {
    return this.#mayAll || this.#grants.length > 0
  }

  #meets({ type, id, action, otherwise = [] }: Requirement): boolean {
    if (!this.#inScope(type, id, action)) return false
    let last = action
    for (const rung of [{ type, id, action }, ...otherwise]) {
      last = rung.action ?? action
      const level = this.granted(rung.type, rung.id)
      if (level !== undefined) return allows(atLeast(level, this.#defaults.floor), last)
    }
    return allows(this.#defaults.absent, last)
  }

  #inScope(type: ResourceType, id: string, action: Action): boolean {
    const { scope } = this
    if (scope === undefined) return true
    if (scope.level === 'read' && action !== 'read' && action !== 'not_denied') return false
    if (scope.only === undefined || id === '*') return true
    return scope.only[type]?.includes(id) ?? false
  }

  /** Whether something new may be made that lies in no experiment or model. */
  mayCreate(type: ResourceType, name = '*'): boolean {
    if (this.scope?.level === 'read' || this.scope?.only !== undefined) return false
    if (this.#defaults.confined === true && !this.#mayAll && !allows(this.level('workspace', '*'), 'use')) return false
    return this.granted(type, name) !== 'DENY'
  }

  /** Undefined where a listing may show everything. `needs` are tiers that must not be denied for anything to be shown. */
  visible(type: ResourceType, ...needs: readonly ResourceType[]): Visibility | undefined {
    const only = this.scope?.only === undefined ? undefined : this.scope.only[type] ?? []
    if (this.#mayAll && only === undefined) return undefined
    const all = this.granted(type, '*')
    const none = all === 'DENY' || needs.some((tier) => this.granted(tier, '*') === 'DENY')
    const member = this.granted('workspace', '*') !== undefined
    const positive = all !== undefined && allows(all, 'read')
    const rest = positive || (all === undefined && (member || allows(this.#defaults.absent, 'read')))
    return { user_id: this.userId, workspace: this.#defaults.workspace, type, none, rest: this.#mayAll || rest, all: positive, ...(only !== undefined && { only }) }
  }
}

/** Somebody who has signed in, as a route's context carries them. */
export interface Caller extends Principal {
  readonly access: Access
}

/** What the caller may do; undefined on a server without accounts. */
export const accessOf = (principal: Principal): Access | undefined => (principal as Partial<Caller>).access
