import { createEndpoint, deleteEndpoint, endpointFacts, listEndpoints, modelOfEndpoint, readEndpoint, setTraffic } from './endpoints.ts'
import { endpointDrift, modelDrift, reportRows } from './drift.ts'
import { judgeRollout, promoteEndpoint, rollBackEndpoint } from './rollout.ts'
import { removeServer, reportServer } from './servers.ts'

export { endpointFacts, modelOfEndpoint } from './endpoints.ts'
export { keptEndpoints } from './kept-store.ts'
export { endpointMigrations } from './tables.ts'
export { endpointRoutes, type EndpointDeps } from './routes.ts'
export const endpointOperations = [createEndpoint, deleteEndpoint, endpointFacts, listEndpoints, modelOfEndpoint, readEndpoint, setTraffic, judgeRollout, promoteEndpoint, rollBackEndpoint, removeServer, reportServer, endpointDrift, modelDrift, reportRows]
