import { join } from 'node:path'
import { mlflowProgram, mlflowVersion } from '../setup.ts'
import type { Peer } from './server.ts'

/** `mlflow server` as its manual starts it, less the job runner, which only GenAI scoring needs. */
export async function mlflow(): Promise<Peer> {
  const program = await mlflowProgram()
  const env: NodeJS.ProcessEnv = { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false', MLFLOW_DISABLE_TELEMETRY: 'true' }
  // Without compiled modules each start would compile MLflow anew, which no user has to wait for.
  delete env.PYTHONDONTWRITEBYTECODE
  return {
    name: 'mlflow',
    version: mlflowVersion,
    how: 'mlflow server --workers 1, SQLite',
    database: 'mlflow.db',
    command: (folder, port) => ({
      program,
      args: ['server', '--workers', '1', '--host', '127.0.0.1', '--port', String(port), '--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`, '--artifacts-destination', join(folder, 'artifacts')],
      env,
    }),
    isData: file => file.startsWith('mlflow.db'),
  }
}
