import { CairnError, type Endpoint } from '@cairn/protocol'
import { openGate, type Gate, type GateRequest } from '../platform/http/index.ts'

/**
 * A request that names a workspace is refused, as by MLflow with workspaces off: taken, it would
 * read and write the one place that all share.
 */
const withoutWorkspaces = (gate: Gate): Gate => ({
  admit(request: GateRequest, endpoint: Endpoint | undefined) {
    const workspace = request.headers['x-mlflow-workspace']
    if (workspace !== undefined && workspace !== 'default' && endpoint?.group !== 'server') {
      throw new CairnError('FEATURE_DISABLED', 'Workspace APIs are not available: workspaces are not enabled on this server')
    }
    return gate.admit(request, endpoint)
  },
})

/** The one gate: of the accounts, or, without them, open to whoever reaches the server. */
export const gateOf = (accounts: Gate | undefined): Gate => withoutWorkspaces(accounts ?? openGate)
