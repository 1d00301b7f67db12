import type { ForeignDatabase } from '../platform/db/index.ts'
import { SourceRefused } from './source.ts'

/** Which of MLflow's tables and columns a database has: they came one after the other from 1.0 to 3.17. */
export interface MlflowSchema {
  /** As Alembic wrote it down; "before migrations" for the oldest. */
  readonly revision: string
  has(table: string): boolean
  /** The column where the table has it, else the SQL that stands for it. */
  column(table: string, name: string, otherwise: string): string
  /** Keeps to the workspace "default" where there are others, which have names of their own. */
  ofWorkspace(table: 'experiments' | 'runs' | 'logged_models' | 'registered_models', word: 'WHERE' | 'AND'): string
  readonly otherWorkspaces: boolean
}

export class SchemaReader implements MlflowSchema {
  readonly #columns: ForeignDatabase['columns']
  readonly revision: string
  readonly otherWorkspaces: boolean

  private constructor(columns: ForeignDatabase['columns'], revision: string, otherWorkspaces: boolean) {
    this.#columns = columns
    this.revision = revision
    this.otherWorkspaces = otherWorkspaces
  }

  static async read(db: ForeignDatabase): Promise<MlflowSchema> {
    const { columns } = db
    if (columns.has('schema_migrations')) throw new SourceRefused('This is a database of Cairn, not of MLflow. To move it, see "cairn db backup".')
    const missing = ['experiments', 'runs', 'metrics', 'params', 'tags'].filter((table) => !columns.has(table))
    if (missing.length > 0) throw new SourceRefused(`This is no tracking database of MLflow: it has no table ${missing.join(', ')}.`)
    if (!columns.get('metrics')!.has('step')) throw new SourceRefused('This database was written before MLflow 1.0. Upgrade it with "mlflow db upgrade" first.')
    const revision = columns.has('alembic_version') ? (await db.rows<[string]>('SELECT version_num FROM alembic_version'))[0]?.[0] : undefined
    const others = columns.get('experiments')!.has('workspace')
      && (await db.rows("SELECT 1 FROM experiments WHERE workspace <> 'default' LIMIT 1")).length > 0
    return new SchemaReader(columns, revision ?? 'before migrations', others)
  }

  has(table: string): boolean {
    return this.#columns.has(table)
  }

  column(table: string, name: string, otherwise: string): string {
    return this.#columns.get(table)?.has(name) ? name : otherwise
  }

  ofWorkspace(table: string, word: string): string {
    if (!this.otherWorkspaces) return ''
    return table === 'experiments' || table === 'registered_models'
      ? `${word} workspace = 'default'`
      : `${word} experiment_id IN (SELECT experiment_id FROM experiments WHERE workspace = 'default')`
  }
}
