import type { Principal } from '../platform/http/index.ts'

/** The workspace that a request is in, as its principal carries it. */
export interface Place {
  /** As rows name it. */
  readonly id: number
  readonly name: string
  /** Where its new experiments keep artifacts; undefined for the server's own root. */
  readonly artifactRoot?: string | undefined
}

export const defaultWorkspace: Place = { id: 1, name: 'default' }

/** Somebody in a workspace. Without workspaces everybody is in the one that is always there. */
export interface Placed extends Principal {
  readonly workspace: Place
}

/** The workspace of a request. */
export const workspaceOf = (principal: Principal): Place => (principal as Partial<Placed>).workspace ?? defaultWorkspace

/** Who makes a change, when and where, for what is written down of it. */
export const authorOf = (context: { readonly principal: Principal; now(): number }): { principal: string; now: number; workspace: Place } =>
  ({ principal: context.principal.name, now: context.now(), workspace: workspaceOf(context.principal) })
