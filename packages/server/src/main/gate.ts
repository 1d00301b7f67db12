import { CairnError } from '@cairn/protocol'
import { openGate, type Gate } from '../platform/http/index.ts'

/**
 * The gate of a server without accounts. A request that names a workspace is refused, as by MLflow
 * with workspaces off: taken, it would read and write the one place that all share.
 */
export const gate: Gate = {
  admit(request, endpoint) {
    const workspace = request.headers['x-mlflow-workspace']
    if (workspace !== undefined && workspace !== 'default' && endpoint?.group !== 'server') {
      throw new CairnError('FEATURE_DISABLED', 'Workspace APIs are not available: workspaces are not enabled on this server')
    }
    return openGate.admit(request, endpoint)
  },
}
