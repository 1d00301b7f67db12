export { checkDatabase, type CheckReport } from './check-view.ts'
