import { artifacts } from './artifacts.ts'
import type { Bench } from './bench.ts'
import { disk } from './disk.ts'
import { fresh } from './fresh.ts'
import { large } from './large.ts'
import { project } from './project.ts'
import type { Row } from './row.ts'
import { medium, small } from './search.ts'
import { start } from './start.ts'

/** Rows that share servers and data. */
export interface Scene {
  readonly rows: readonly string[]
  run(bench: Bench): AsyncGenerator<Row>
}

export const scenes: readonly Scene[] = [start, project, fresh, disk, small, medium, large, artifacts]
