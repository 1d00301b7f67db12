import type { exportParquet as write } from './export-parquet.ts'

export { cairnSource, runsOfNumbers, workspaceNamed, type OwnRun } from './cairn-view.ts'
export { Exported, type MlflowExport, type MlflowExportProgress } from './export.ts'
export { noCopies } from './copy-artifacts.ts'
export { fillFolder, ownFolder } from './fill-folder.ts'
export { MlflowRefused, mlflowApi, type MlflowApi } from './mlflow-api.ts'
export { openTarget, type TargetOptions } from './open-target.ts'
export { HttpTarget, originTag, uploads, wireNumber } from './mlflow-target-http.ts'
export type { ExportProgress, ParquetExport } from './export-parquet.ts'
export { forgetImportedExperiment, forgetImportedRun } from './import-store.ts'
export { importAll, type ImportProgress, type ImportReport, type ImportTarget } from './import.ts'
export { openSource, type SourceOptions } from './open-source.ts'
export { transferOperations } from './operations.ts'
export { SourceRefused, type SourceExperiment, type SourceLoggedModel, type SourceRegisteredModel } from './source.ts'
export { transferMigrations } from './tables.ts'

/** See `export-parquet.ts`; what writes Parquet is loaded by whoever exports, not by every server. */
export const exportParquet: typeof write = async (...options) => (await import('./export-parquet.ts')).exportParquet(...options)
