import type { AnyOperation } from '../platform/db/index.ts'
import { runFields } from './fields-view.ts'
import { getRun, getRuns, runArtifactUri, runExperiments, searchRuns } from './read.ts'
import { changeRuns } from './change.ts'
import { createRun, deleteTag, logBatch, logModel, logParam, logPoint, setDeleted, setTag, updateRun } from './runs.ts'
import { openTable } from './open-table.ts'
import { groups } from './table-groups-view.ts'
import { keyValues, tableKeys } from './table-keys-view.ts'
import { tableWindow } from './table-view.ts'

export { runsMigrations } from './tables.ts'
export { runsRoutes, type RunsDependencies } from './routes.ts'
export { runTableRoutes, type OpeningParts } from './table-routes.ts'
export { requireActiveRun, runNotFound } from './runs.ts'
export { countChange, deleteRunRows, findRun, findRunKey, setExperimentRunsDeleted, type RunKey, type RunRow } from './runs-store.ts'
export { runArtifactUri, runExperiments } from './read.ts'
export { adoptRun, type AdoptedRun } from './adopt.ts'

export const runsOperations: AnyOperation[] = [createRun, updateRun, setDeleted, setTag, deleteTag, logParam, logPoint, logBatch, logModel, getRun, getRuns, runArtifactUri, runExperiments, searchRuns, tableWindow, tableKeys, openTable, keyValues, groups, runFields, changeRuns]
