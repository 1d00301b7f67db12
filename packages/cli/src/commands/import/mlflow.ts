import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { formatBytes } from '../../framework/format.ts'
import { toJson } from '../../framework/json.ts'
import { importText } from '../../operate/import-report.ts'
import { progressLine } from '../../operate/progress.ts'
import { operating, readTarget, storageOptions } from '../../operate/target.ts'

export const command = defineCommand({
  summary: 'Bring everything from an MLflow store: runs with all their metrics, models, artifacts.',
  details: 'Ids and times are kept. Writes into the data of a server that is stopped (with PostgreSQL it may go on), which is found by the server’s own flags or by --to. Started again it goes on where it was ended, and brings what has changed since. Ends with what was counted on both sides; the exit status is 1 where something is missing. See docs/coming-from-mlflow.md.',
  args: {},
  options: {
    from: { kind: 'text', value: 'PLACE', required: true, summary: 'sqlite:///mlflow.db, postgresql://user@host/database, a folder mlruns, or http://host:5000 of a running MLflow.' },
    to: { kind: 'text', value: 'PLACE', topic: 'Storage', summary: 'Data folder or database of the server; short for --data-dir or --backend-store-uri.' },
    workspace: { kind: 'text', value: 'NAME', default: 'default', summary: 'Where everything comes to; it must be there.' },
    artifacts: { kind: 'text', choices: ['copy', 'reference'], default: 'copy', summary: 'Copy files into the server’s storage, or leave them where they are.' },
    'artifacts-from': { kind: 'list', value: 'PLACE', summary: 'Folder or bucket from which files may be copied; the first is what mlflow-artifacts: means at the source.' },
    ...storageOptions,
  },
  examples: [
    ['import mlflow --from sqlite:///mlflow.db', 'into ./cairn-data, with the files of ./mlruns and ./mlartifacts'],
    ['import mlflow --from postgresql://mlflow@db/mlflow --artifacts reference', 'the files stay where they are'],
    ['import mlflow --from ./mlruns --to /srv/cairn', 'a file store'],
    ['import mlflow --from ./mlruns --workspace vision--cats', 'into a workspace'],
    ['import mlflow --from http://mlflow.example.com:5000 --to postgresql://cairn@db/cairn', 'from a running server, over its API'],
  ],
  run: async (context) => {
    const { options, json, io, style } = context
    const config = readTarget(context, options.to)
    const report = await operating(async ({ importMlflow }) => {
      using progress = progressLine(io, json)
      return await importMlflow(config, {
        from: options.from, workspace: options.workspace, artifacts: options.artifacts, artifactsFrom: options['artifacts-from'], env: io.env, signal: io.signal,
        progress: ({ step, runs, ofRuns, points, files, bytes }) => progress.show(() =>
          `${step}: ${runs}${ofRuns === undefined ? '' : ` of ${ofRuns}`} runs, ${points} metric points${files > 0 ? `, ${files} files (${formatBytes(bytes)})` : ''}`),
      })
    })
    io.write(`${json ? toJson(report) : importText(report, style, io.columns)}\n`)
    if (!report.complete) throw new UserError('Not everything of the source is here.', 'Look at the report above; what is put right is brought by the same command.')
  },
})
