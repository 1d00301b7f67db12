import { loadScript } from '../../system/load-notes.ts'
import { shellQuote } from '../../project/format.ts'

interface JobScript {
  readonly runId: string
  /** Where the command starts. */
  readonly folder: string
  /** Where the tasks' scripts are, and what they leave. */
  readonly work: string
  /** Between two notes of the node's load; undefined for none. */
  readonly loadSeconds: number | undefined
}

/** What Slurm runs: one task's script, then a note of how it ended, which appears whole. */
export function jobScript({ runId, folder, work, loadSeconds }: JobScript): string {
  return `#!/bin/bash
# Written by Cairn for run ${runId}.
task=\${SLURM_ARRAY_TASK_ID:-0}
work=${shellQuote(work)}
cd ${shellQuote(folder)} || exit 72
${loadSeconds === undefined ? '' : `${loadScript(loadSeconds)}load > "$work/load-$task" 2> /dev/null &
loader=$!
`}bash "$work/task-$task.sh"
status=$?
${loadSeconds === undefined ? '' : 'kill $loader 2> /dev/null\nwait $loader 2> /dev/null\n{ echo .; note; } >> "$work/load-$task" 2> /dev/null\n'}{ echo "exit $status"; times; } > "$work/end-$task.part"
mv "$work/end-$task.part" "$work/end-$task"
exit $status
`
}

interface TaskScript {
  readonly variables: Readonly<Record<string, string>>
  readonly setup: string | undefined
  readonly activate: string | undefined
  readonly command: string
}

/** One task: its variables, what must run before, and the command. */
export function taskScript({ variables, setup, activate, command }: TaskScript): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${shellQuote(value)}`)
  if (setup !== undefined) lines.push(setup)
  if (activate !== undefined) lines.push(`${activate} || exit`)
  return `${[...lines, command].join('\n')}\n`
}

/** What a task's note says: exit status, and processor seconds by bash's \`times\` (of the shell, then of its children). */
export function readEnd(text: string): { exit: number; cpu_seconds: number | undefined } | undefined {
  const exit = /^exit (\d+)$/m.exec(text)?.[1]
  if (exit === undefined) return undefined
  const seconds = [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0)
  return { exit: Number(exit), cpu_seconds: text.includes('m') ? Math.round(seconds * 1000) / 1000 : undefined }
}
