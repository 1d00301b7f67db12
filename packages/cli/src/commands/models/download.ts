import { resolve } from 'node:path'
import { defineCommand } from '../../framework/command.ts'
import { download } from '../../artifacts/download.ts'
import { downloadedText } from '../../artifacts/report.ts'
import { modelVersionSource } from '../../artifacts/source.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { findModelVersion, referenceSummary } from '../../client/model-reference.ts'

export const command = defineCommand({
  summary: 'Download the files of a registered model’s version.',
  args: { model: { summary: referenceSummary } },
  options: {
    to: { kind: 'text', value: 'FOLDER', summary: 'Where to put them; without it a folder here, named after model and version.' },
    ...clientOptions,
  },
  examples: [['models download churn@champion --to model', 'the champion'], ['models download churn/3', 'into ./churn-3']],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { name, version } = await findModelVersion(connection, args.model)
    const folder = resolve(io.cwd, options.to ?? `${name.replace(/[^\w.-]/g, '_')}-${version}`)
    const files = await download(await modelVersionSource(connection, name, version), '', folder, io.signal)
    return { data: { name, version, files }, text: downloadedText(files, folder) }
  },
})
