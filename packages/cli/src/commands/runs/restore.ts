import { restoreRun, getRun } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { clientOptions, connect } from '../../client/connection.ts'

export const command = defineCommand({
  summary: 'Bring deleted runs back.',
  args: { run: { summary: 'Ids of runs.', many: true } },
  options: clientOptions,
  examples: [['runs restore 3f2a… 9c41…', 'several at once']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    // Looked at first: a mistyped id must not leave half of them done.
    const runs = await Promise.all(args.run.map((run_id) => connection.call(getRun, { run_id })))
    for (const { run } of runs) await connection.call(restoreRun, { run_id: run.info.run_id })
    return {
      data: runs.map(({ run }) => run.info.run_id),
      text: runs.map(({ run }) => `Restored run ${run.info.run_id}, "${run.info.run_name}".`).join('\n'),
    }
  },
})
