import { invalid, workspaceHeader, workspaceInPath, type Endpoint } from '@cairn/protocol'
import { rights } from '../guard/index.ts'
import { openGate, Reply, type Gate, type GateRequest, type Principal } from '../platform/http/index.ts'
import type { Caller } from '../users/index.ts'
import { accessOf } from '../users/index.ts'
import { defaultWorkspace, missingWorkspace, noWorkspaces, type Directory, type Place, type Placed } from '../workspaces/index.ts'

/** The caller in another workspace; undefined where it is none of theirs. Only with accounts. */
export type CallerIn = (caller: Caller, workspace: string) => Caller | undefined | Promise<Caller | undefined>

/** Told of who asks for a workspace in which they have nothing: they hear no more than that it is not there. */
export type Refused = (request: { readonly principal: string; readonly workspace: string; readonly endpoint: string }) => void

const headerOf = ({ headers }: GateRequest): string => String(headers[workspaceHeader] ?? '').trim()

const withoutWorkspaces = (gate: Gate): Gate => ({
  admit(request: GateRequest, endpoint: Endpoint | undefined) {
    const workspace = headerOf(request)
    if (workspace !== '' && workspace !== defaultWorkspace.name && endpoint?.group !== 'server') throw noWorkspaces()
    return gate.admit(request, endpoint)
  },
})

/**
 * Who calls, and in which workspace: the one that the path begins with or the header names. Of a
 * workspace in which somebody has nothing they hear what they would hear if it were not there.
 */
function withWorkspaces(gate: Gate, staticPrefix: string, directory: Directory, callerIn: CallerIn | undefined, refused: Refused | undefined): Gate {
  async function placed(principal: Principal, found: Place | Promise<Place>, endpoint: Endpoint | undefined): Promise<Placed> {
    const workspace = await found
    if (callerIn === undefined || accessOf(principal) === undefined) return { ...principal, workspace }
    const caller = await callerIn(principal as Caller, workspace.name)
    if (caller === undefined) {
      refused?.({ principal: principal.name, workspace: workspace.name, endpoint: endpoint?.name ?? 'page' })
      throw missingWorkspace(workspace.name)
    }
    return { ...caller, workspace }
  }
  return {
    async admit(request, endpoint) {
      // Who signs in is nowhere yet; what a server can do is asked before a workspace is chosen.
      const needsNone = endpoint !== undefined && (endpoint.group === 'server' || rights[endpoint.name]?.who === 'anybody')
      const name = needsNone ? '' : workspaceNamed(request, staticPrefix)
      const principal = await gate.admit(request, endpoint)
      if (needsNone || principal instanceof Reply) return principal
      return placed(principal, directory.find(name), endpoint)
    },
  }
}

function workspaceNamed(request: GateRequest, staticPrefix: string): string {
  const named = headerOf(request)
  const path = request.url!.startsWith(`${staticPrefix}/`) ? request.url!.slice(staticPrefix.length) : ''
  const end = path.indexOf('?')
  const inPath = workspaceInPath(end < 0 ? path : path.slice(0, end))?.name
  if (named !== '' && inPath !== undefined && named !== inPath) throw invalid(`The path is of workspace '${inPath}', and the header ${workspaceHeader} names '${named}'. Give one of the two.`)
  return inPath ?? (named || defaultWorkspace.name)
}

/** The one gate: of the accounts, or, without them, open to whoever reaches the server. */
export function gateOf({ accounts, callerIn, refused, directory, staticPrefix }: {
  readonly accounts?: Gate | undefined
  readonly callerIn?: CallerIn | undefined
  readonly refused?: Refused | undefined
  /** Undefined where there are no workspaces. */
  readonly directory?: Directory | undefined
  readonly staticPrefix: string
}): Gate {
  const gate = accounts ?? openGate
  return directory === undefined ? withoutWorkspaces(gate) : withWorkspaces(gate, staticPrefix, directory, callerIn, refused)
}
