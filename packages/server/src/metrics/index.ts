import type { AnyOperation } from '../platform/db/index.ts'
import { applyCompaction, newSegments, planCompactionOf } from './compactor.ts'
import { countMissing, runsWithoutCount } from './counts-store.ts'
import { bulkHistory, bulkHistoryStream, historyRest, historyStart, samples, samplesStream, series, seriesStream } from './read.ts'

export { metricsMigrations } from './tables.ts'
export { appendPoints, appendPointsOfMany, deletePoints, latestMetrics, loggedKeys, type LatestMetric, type RunRef } from './metrics-store.ts'
export { pointsBehind, pointsOfRun, type HandedOn } from './all-points.ts'
export { checkMetrics } from './check.ts'
export { storedRuns } from './check-store.ts'
export { countPoints } from './count.ts'
export { extremesOf, type Extremes } from './extremes-view.ts'
export { countMissing, pointsByExperiment, runsWithoutCount } from './counts-store.ts'
export { storedValue } from './points.ts'
export { packPoints, type LoggedPoint, type PackedPoints } from './segment.ts'
export { startCompactor, type Compactor, type CompactorOptions } from './compactor.ts'
export { metricsRoutes, sampleQuery } from './routes.ts'
export { samples, series } from './read.ts'
export { rawPerBucket } from './series-json.ts'

export const metricsOperations: AnyOperation[] = [
  historyStart, historyRest, bulkHistory, bulkHistoryStream, samples, samplesStream, series, seriesStream,
  planCompactionOf, applyCompaction, newSegments, countMissing, runsWithoutCount,
]
