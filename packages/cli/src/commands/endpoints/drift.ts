import { getEndpointDrift } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { driftText } from '../../listing/drift.ts'

export const command = defineCommand({
  summary: 'Say whether what an endpoint is asked is still what its versions were made for.',
  details: 'Compares the last hour, or longer where that is too little, with the profile of each version (cairn models profile). The distance is Jensen–Shannon’s to base 2, 0 to 1, less what chance gives. See docs/monitoring.md.',
  args: { name: { summary: 'The endpoint.' } },
  options: {
    possible: { kind: 'text', value: 'DISTANCE', shown: '0.1', summary: 'From where on a column has possibly drifted.' },
    drifted: { kind: 'text', value: 'DISTANCE', shown: '0.2', summary: 'From where on it has.' },
    'min-rows': { kind: 'integer', value: 'N', shown: '500', summary: 'With fewer rows nothing is said.' },
    columns: { kind: 'integer', value: 'N', default: 10, summary: 'Columns that are shown of each version, the farthest first.' },
    ...clientOptions,
  },
  examples: [['endpoints drift churn-live', 'what moved most'], ['endpoints drift churn-live --json | jq -r \'.versions[].state\'', 'for a script']],
  run: async ({ args, options, io, style }) => {
    const distance = (name: 'possible' | 'drifted'): number | undefined => {
      const text = options[name]
      if (text === undefined) return undefined
      if (text.trim() === '' || !Number.isFinite(Number(text))) throw new UsageError(`--${name} is ${text}, which is no number.`, 'A distance from 0 to 1: --drifted 0.2')
      return Number(text)
    }
    const given = { possible: distance('possible'), drifted: distance('drifted'), min_rows: options['min-rows'], max_columns: options.columns }
    const answer = await connect({ options, io }).call(getEndpointDrift, { name: args.name, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) })
    return { data: answer, text: driftText(args.name, answer, style, io.columns) }
  },
})
