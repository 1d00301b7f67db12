export { metricsMigrations } from './tables.ts'
export { appendPoints, deletePoints, latestMetrics, type LatestMetric, type RunRef } from './metrics-store.ts'
export { packPoints, type LoggedPoint, type PackedPoints } from './segment.ts'
