import { parseAge } from '@cairn/protocol'
import { defineCommand } from '../framework/command.ts'
import { UserError } from '../framework/errors.ts'
import { formatBytes } from '../framework/format.ts'
import { toJson } from '../framework/json.ts'
import { gcText } from '../operate/gc-report.ts'
import { progressLine } from '../operate/progress.ts'
import { operating, readTarget, storageOptions } from '../operate/target.ts'

/** As MLflow takes them, and each by an option of its own. */
const split = (given: readonly string[]): string[] => given.flatMap((ids) => ids.split(',')).map((id) => id.trim()).filter((id) => id !== '')

export const command = defineCommand({
  summary: 'Remove for good what was deleted: runs, experiments, logged models, and their files.',
  details: 'Also rows that belong to nothing, and uploads in parts that were begun more than a day ago and never ended (not with ids or --workspace). Servers may work meanwhile; ended at any moment, the same command goes on. What a model version needs stays, and is named. With --run-ids, --experiment-ids or --logged-model-ids only those are removed, or nothing where one of them cannot be. The exit status is 1 where something had to stay that was named, or files could not be deleted. See docs/operate.md.',
  args: {},
  options: {
    'dry-run': { kind: 'boolean', summary: 'Say what would be removed, and remove nothing.' },
    'older-than': { kind: 'text', value: 'AGE', summary: 'Only what was deleted longer ago than this: 30d, or 1d2h3m4s.' },
    'run-ids': { kind: 'list', value: 'A,B', summary: 'Only these runs, which must be deleted.' },
    'experiment-ids': { kind: 'list', value: 'A,B', summary: 'Only these experiments, which must be deleted, with all their runs and models.' },
    'logged-model-ids': { kind: 'list', value: 'A,B', summary: 'Only these logged models, which must be deleted.' },
    workspace: { kind: 'text', value: 'NAME', summary: 'Only what was deleted in this workspace.' },
    'orphan-files': { kind: 'boolean', summary: 'Also files of runs and models that the database does not know. Never where another server keeps files in the same place.' },
    'forget-unreachable': { kind: 'boolean', summary: 'Remove rows also where the files lie in storage that cannot be reached from here; the files stay.' },
    ...storageOptions,
  },
  examples: [
    ['gc --dry-run', 'what would go, and how large it is'],
    ['gc --older-than 30d', 'what was deleted longer than thirty days ago'],
    ['gc --run-ids 8f0c…,77ab… --backend-store-uri postgresql://cairn@db/cairn', 'two runs'],
    ['gc --orphan-files --older-than 7d --dry-run', 'also files of which nobody knows'],
  ],
  run: async (context) => {
    const { options, json, io, style } = context
    const only = { run_ids: split(options['run-ids']), experiment_ids: split(options['experiment-ids']), model_ids: split(options['logged-model-ids']) }
    const named = only.run_ids.length + only.experiment_ids.length + only.model_ids.length > 0
    const config = readTarget(context)
    const report = await operating(async ({ gc }) => {
      const age = options['older-than']
      const olderThanMs = age === undefined ? undefined : parseAge(age)
      if (age !== undefined && olderThanMs === undefined) throw new UserError(`"${age}" is no age.`, 'Give days, hours, minutes and seconds in this order: 30d, 12h, 1d2h3m4s.')
      if (named && options['orphan-files']) throw new UserError('--orphan-files looks at everything, and ids were given.', 'Leave one of the two out.')
      if (options.workspace !== undefined && (named || options['orphan-files'])) throw new UserError('--workspace goes neither with ids nor with --orphan-files.', 'Leave one of the two out.')
      using progress = progressLine(io, json)
      return await gc(config, {
        olderThanMs, workspace: options.workspace, only: named ? only : undefined, dryRun: options['dry-run'] ?? false, orphanFiles: options['orphan-files'] ?? false,
        forgetUnreachable: options['forget-unreachable'] ?? false, signal: io.signal,
        progress: ({ step, things, files, bytes }) => progress.show(() => `${step}: ${things} removed${files > 0 ? `, ${files} files (${formatBytes(bytes)})` : ''}`),
      })
    })
    io.write(`${json ? toJson(report) : gcText(report, style, io.columns)}\n`)
    if (!report.complete || report.left.some(({ reason }) => named || reason === 'failed')) {
      throw new UserError('Not everything was removed.', 'Look at the report above; the same command goes on.')
    }
  },
})
