import { resolve } from 'node:path'
import { defineCommand } from '../../framework/command.ts'
import { table } from '../../framework/table.ts'
import { progressLine } from '../../operate/progress.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Write runs, every metric point, models and the registry as Parquet files.',
  details: 'A file for each table, with MLflow’s names for the columns, as everything is at one moment; the server may go on meanwhile. Any program that reads Parquet can go on from there: pandas, DuckDB, Spark. Artifacts are not in it.',
  args: {},
  options: {
    out: { kind: 'text', value: 'FOLDER', required: true, summary: 'A folder that is new or empty.' },
    ...storageOptions,
  },
  examples: [
    ['export parquet --out ./export', 'of ./cairn-data'],
    ['export parquet --out /backup/2026-11 --backend-store-uri postgresql://cairn@db/cairn', 'of a database'],
  ],
  run: async (context) => {
    const { options, json, io, style } = context
    const config = readTarget(context)
    const folder = resolve(io.cwd, options.out)
    const { rows } = await operating(async ({ exportToParquet }) => {
      using progress = progressLine(io, json)
      return await exportToParquet(config, folder, io.signal, ({ runs, points }) => progress.show(() => `${runs} runs, ${points} metric points`))
    })
    const files = Object.entries(rows).map(([name, count]) => ({ file: `${name}.parquet`, rows: count }))
    return {
      data: { folder, files },
      text: `Wrote ${folder}:\n\n${table(files, [{ title: 'FILE', value: ({ file }) => file }, { title: 'ROWS', value: ({ rows: count }) => count, align: 'right' }], style, io.columns)}`,
    }
  },
})
