import { basename, resolve } from 'node:path'
import { deleteVersionProfile, getVersionProfile, setVersionProfile } from '@cairn/protocol'
import { ModelError, profileOfFile, readModelSignature } from '@cairn/serving'
import { clientOptions as fromEnvironment } from '@cairn/sdk/node'
import { CairnClient } from '@cairn/sdk'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findModelVersion, referenceSummary } from '../../client/model-reference.ts'
import { profileText } from '../../listing/drift.ts'

export const command = defineCommand({
  summary: 'Show or set what the inputs of a version are compared with while it is served.',
  details: 'With --data, the columns that the model takes are counted, and only the counts are kept: quantiles of numbers, frequent texts. Without a profile, the first 1,000 rows that an endpoint serves become it. See docs/monitoring.md.',
  args: { model: { summary: referenceSummary } },
  options: {
    data: { kind: 'text', value: 'FILE', summary: 'A CSV or Parquet file of the rows that the version was trained with.' },
    remove: { kind: 'boolean', summary: 'Forget the profile: the next rows that are served become it.' },
    ...clientOptions,
  },
  examples: [['models profile churn/3 --data train.parquet', 'what it was trained with'], ['models profile churn@champion', 'what there is']],
  run: async ({ args, options, io, style }) => {
    if (options.data !== undefined && options.remove) throw new UsageError('--data and --remove contradict each other.', 'Give one of the two.')
    const connection = connect({ options, io })
    const { name, version } = await findModelVersion(connection, args.model)
    if (options.remove) {
      await connection.call(deleteVersionProfile, { name, version })
      return { data: { name, version }, text: `The profile of version ${version} of ${name} is forgotten.` }
    }
    if (options.data === undefined) {
      const { profile } = await connection.call(getVersionProfile, { name, version })
      return { data: profile, text: profileText(name, version, profile, style, io.columns) }
    }
    const client = new CairnClient({ ...fromEnvironment(io.env), url: options['tracking-uri'] })
    const inputs = (await readModelSignature(`models:/${encodeURIComponent(name)}/${version}`, { client, cwd: io.cwd }).catch((error: unknown) => {
      if (!(error instanceof ModelError)) throw error
      io.warn(`${style.yellow('cairn:')} ${error.message} All columns of the file are taken.\n`)
    }))?.inputs
    const { rows, columns, leftOut, unused } = await profileOfFile(resolve(io.cwd, options.data), inputs?.kind === 'columns' ? inputs.columns : undefined)
    for (const { name: column, why } of leftOut) io.warn(`${style.yellow('cairn:')} ${column} is not watched: ${why}.\n`)
    if (unused.length > 0) io.warn(`${style.yellow('cairn:')} the model does not take ${unused.join(', ')}.\n`)
    const { profile } = await connection.call(setVersionProfile, { name, version, rows, columns: [...columns], of: basename(options.data) })
    return { data: profile, text: profileText(name, version, profile, style, io.columns) }
  },
})
