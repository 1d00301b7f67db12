export { durations, sizes, Telemetry, type Counter, type Histogram, type Labels } from './telemetry.ts'
export { observeProcess } from './process.ts'
