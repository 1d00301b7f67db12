import { getMirror } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { fields } from '../../framework/table.ts'
import { clientOptions, connect } from '../../client/connection.ts'

const at = (time: number | bigint | undefined): string => (time === undefined ? 'never' : new Date(Number(time)).toISOString())

export const command = defineCommand({
  summary: 'Show whether the server that everything is mirrored to has everything; for admins.',
  details: 'The mirror is the server\'s: cairn server --mirror-to URL. See docs/operate.md.',
  args: {},
  options: clientOptions,
  examples: [['mirror status', 'where it goes, since when it is in step, and what was refused']],
  run: async ({ options, io, style }) => {
    const status = await connect({ options, io }).call(getMirror, {})
    if (!status.enabled) return { data: status, text: 'This server has no mirror. Start it with --mirror-to URL to have one.' }
    const problems = (status.problems ?? []).map(({ kind, id, problem }) => `  ${kind} ${id}: ${problem}`)
    return {
      data: status,
      text: [
        fields([
          ['Mirrored to', status.url ?? ''], ['In step', status.away_since === undefined ? at(status.in_step_time) : `no: away since ${at(status.away_since)}`],
          ['Because', status.away_because ?? ''], ['Sent last', at(status.sent_time)], ['Files waiting', String(status.files_waiting ?? 0)], ['Refused', String(status.refused ?? 0)],
        ], style),
        ...problems,
      ].join('\n'),
    }
  },
})
