import type { AnyOperation } from '../platform/db/index.ts'
import { dueModels, dueRuns, named, runsNotDue, someExperiments, unknownIds } from './due-store.ts'
import { countUnusedDatasets, countUnusedKeys, findCommented, findOrphans, findViews, removeCommented, removeOrphans, removeViews, removeUnusedDatasets, removeUnusedKeys } from './orphans-store.ts'
import { endRemoval, isBack, removeExperiment, removeModel, removeRun, someRemovals } from './removal-store.ts'
import { allPlaces, unusualPlaces, versionPlaces } from './uses-view.ts'

export { collectGarbage, GcRefused } from './gc.ts'
export type { GcOptions } from './pass.ts'
export type { GcProgress, GcReport } from './report.ts'
export { startRetention } from './retention.ts'
export { gcMigrations } from './tables.ts'

export const gcOperations: AnyOperation[] = [
  someExperiments, dueRuns, dueModels, runsNotDue, named, unknownIds, findOrphans, removeOrphans, findViews, removeViews, findCommented, removeCommented, countUnusedDatasets, removeUnusedDatasets, countUnusedKeys, removeUnusedKeys,
  removeRun, removeModel, removeExperiment, someRemovals, endRemoval, isBack, unusualPlaces, allPlaces, versionPlaces,
]
