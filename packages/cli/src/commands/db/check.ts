import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { toJson } from '../../framework/json.ts'
import { printable } from '../../framework/text.ts'
import { progressLine } from '../../operate/progress.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Look through the database, down to every metric point, while the server runs.',
  details: 'Pages and indexes (SQLite), rows that belong to nothing, and every stored block of metric points. Changes nothing. The exit status is 1 where something is wrong.',
  args: {},
  options: storageOptions,
  examples: [['db check', 'of ./cairn-data'], ['db check --backend-store-uri postgresql://cairn@db/cairn', 'of a PostgreSQL database']],
  run: async (context) => {
    const { json, io } = context
    const config = readTarget(context)
    const report = await operating(async ({ checkAll }) => {
      using progress = progressLine(io, json)
      return await checkAll(config, io.signal, (runs, points) => progress.show(() => `${runs} runs, ${points} metric points`))
    })
    const { runs, points, problems } = report
    const text = problems.length === 0 ? `All is well: metrics of ${runs} runs with ${points} points were read.` : problems.map(printable).join('\n')
    io.write(`${json ? toJson(report) : text}\n`)
    if (problems.length > 0) throw new UserError('The database is damaged.', 'Restore a backup into another place ("cairn db restore"), and look at the disk.')
  },
})
