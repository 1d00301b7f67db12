export { createLog, type LogLevel } from './log.ts'
