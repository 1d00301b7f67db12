export type { LiveEvent, LivePoint, LiveSink } from './events.ts'
export { defaultLiveLimits, LiveHub, type LiveLimits } from './hub.ts'
export { liveRoutes, type Hearing } from './routes.ts'
