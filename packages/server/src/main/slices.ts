import { auditMigrations, auditOperations } from '../audit/index.ts'
import { commentMigrations, commentOperations, leaveComments } from '../comments/index.ts'
import { datasetMigrations, datasetOperations } from '../datasets/index.ts'
import { endpointMigrations, endpointOperations, keptEndpoints } from '../endpoints/index.ts'
import { experimentMigrations, experimentOperations, keptExperiments, type SetLifecycleOfRuns } from '../experiments/index.ts'
import { gcMigrations, gcOperations } from '../gc/index.ts'
import { workspaceMigrations, workspaceOperations } from '../workspaces/index.ts'
import { keysMigrations } from '../keys/index.ts'
import { loggedModelMigrations, loggedModelOperations } from '../logged-models/index.ts'
import { metricsMigrations, metricsOperations } from '../metrics/index.ts'
import type { AnyOperation, Migration } from '../platform/db/index.ts'
import { mirrorMigrations, mirrorOperations } from '../mirror/index.ts'
import { overviewOperations } from '../overview/index.ts'
import { keptModels, registryLookups, registryMigrations, registryOperations } from '../registry/index.ts'
import { countChange, requireActiveRun, runsMigrations, runsOperations, setExperimentRunsDeleted } from '../runs/index.ts'
import { denialOperations } from '../guard/index.ts'
import { signInHooks, signInMigrations, signInOperations } from '../sign-in/index.ts'
import { departed, rolesAndGrants, userMigrations, userOperations, workspaceCreated, workspaceDeleted } from '../users/index.ts'
import { forgetQuotas, quotaMigrations, quotaOperations } from '../quotas/index.ts'
import { transferMigrations, transferOperations } from '../transfer/index.ts'
import { leaveViews, viewMigrations, viewOperations } from '../views/index.ts'
import { keptWebhooks, webhookMigrations, webhookOperations } from '../webhooks/index.ts'

/**
 * All slices, as the server's thread and the database threads both know them. What a slice needs of
 * one above it is handed to it here.
 */
const setRunsOfExperiment: SetLifecycleOfRuns = (tx, experimentId, stage, now) => setExperimentRunsDeleted(tx, experimentId, stage === 'deleted' ? now : null)
export const experiments = experimentOperations(setRunsOfExperiment)
export const datasets = datasetOperations(requireActiveRun, countChange)
export const registry = registryOperations(registryLookups)
export const users = userOperations({
  ...signInHooks,
  async forget(tx, user) {
    await signInHooks.forget(tx, user)
    await leaveViews(tx, user.username, departed(user))
    await leaveComments(tx, user.username, departed(user))
  },
})
/** In the order in which MLflow looks through what a workspace holds. */
export const workspaces = workspaceOperations({
  kept: [keptModels, keptExperiments(setRunsOfExperiment), keptWebhooks, keptEndpoints], created: workspaceCreated,
  async deleted(tx, { id, name }) {
    await workspaceDeleted(tx, name)
    await forgetQuotas(tx, id)
  },
})

/** In the order in which tables are made. */
export const migrations: readonly Migration[] = [
  ...keysMigrations,
  ...experimentMigrations,
  ...runsMigrations,
  ...metricsMigrations,
  ...datasetMigrations,
  ...loggedModelMigrations,
  ...auditMigrations,
  ...workspaceMigrations,
  ...userMigrations,
  ...signInMigrations,
  ...webhookMigrations,
  ...registryMigrations,
  ...endpointMigrations,
  ...viewMigrations,
  ...commentMigrations,
  ...transferMigrations,
  ...gcMigrations,
  ...quotaMigrations,
  ...mirrorMigrations,
]

/** Everything that a database thread can be asked to do. */
export const operations: readonly AnyOperation[] = [
  ...Object.values(experiments),
  ...runsOperations,
  ...metricsOperations,
  ...overviewOperations,
  ...Object.values(datasets),
  ...loggedModelOperations,
  ...auditOperations,
  ...Object.values(users),
  ...Object.values(workspaces),
  ...rolesAndGrants,
  ...signInOperations,
  ...denialOperations,
  ...webhookOperations,
  ...Object.values(registry),
  ...endpointOperations,
  ...viewOperations,
  ...commentOperations,
  ...transferOperations,
  ...gcOperations,
  ...quotaOperations,
  ...mirrorOperations,
]
