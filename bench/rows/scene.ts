import type { Bench } from './bench.ts'
import type { Row } from './row.ts'

/** Rows that share servers and data. */
export interface Scene {
  readonly rows: readonly string[]
  run(bench: Bench): AsyncGenerator<Row>
}
