import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { formatBytes } from '../../framework/format.ts'
import { toJson } from '../../framework/json.ts'
import { exportText } from '../../operate/export-report.ts'
import { progressLine } from '../../operate/progress.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Write everything back into MLflow: runs with all their metrics, models, artifacts.',
  details: 'Into a database that MLflow 3.17 has made (ids and times are kept), or over the API of a running server (it gives ids itself; each run has ours in the tag cairn.exported.from). The server here may go on meanwhile. Started again it goes on where it was ended, brings what is new, and brings nothing twice. Ends with what was counted on both sides; the exit status is 1 where something is missing. See docs/coming-from-mlflow.md.',
  args: {},
  options: {
    to: { kind: 'text', value: 'PLACE', required: true, summary: 'sqlite:///mlflow.db, postgresql://user@host/database, or http://host:5000 of a running MLflow.' },
    workspace: { kind: 'text', value: 'NAME', default: 'default', summary: 'Whose experiments and models go.' },
    artifacts: { kind: 'text', choices: ['copy', 'none'], default: 'copy', summary: 'Copy files into the target’s storage, or leave them out.' },
    'artifacts-to': { kind: 'text', value: 'PLACE', summary: 'Where the server of that database keeps its files: its --artifacts-destination. Default: mlartifacts beside an SQLite file.' },
    'artifact-root': { kind: 'text', value: 'URI', default: 'mlflow-artifacts:/', summary: 'What artifact locations of new experiments begin with in that database: its --default-artifact-root.' },
    ...storageOptions,
  },
  examples: [
    ['export mlflow --to sqlite:///mlflow.db', 'from ./cairn-data, with files into ./mlartifacts'],
    ['export mlflow --to postgresql://mlflow@db/mlflow --artifacts-to s3://mlflow/artifacts', 'a database and a bucket'],
    ['export mlflow --to http://mlflow.example.com:5000 --backend-store-uri postgresql://cairn@db/cairn', 'over the API of a running server'],
  ],
  run: async (context) => {
    const { options, json, io, style } = context
    const config = readTarget(context)
    const report = await operating(async ({ exportToMlflow }) => {
      using progress = progressLine(io, json)
      return await exportToMlflow(config, {
        to: options.to, workspace: options.workspace, artifacts: options.artifacts, artifactsTo: options['artifacts-to'], artifactRoot: options['artifact-root'], env: io.env, signal: io.signal,
        progress: ({ step, runs, points, files, bytes }) => progress.show(() => `${step}: ${runs} runs, ${points} metric points${files > 0 ? `, ${files} files (${formatBytes(bytes)})` : ''}`),
      })
    })
    io.write(`${json ? toJson(report) : exportText(report, style, io.columns)}\n`)
    if (!report.complete) throw new UserError('Not everything that is here is there.', 'Look at the report above; what is put right is brought by the same command.')
  },
})
