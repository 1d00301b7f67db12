/**
 * Writes the pages of `docs/` that are made from data: the command line and the settings. A test
 * fails while they differ from what is checked in.
 *
 *   npm run docs
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { settings, type Setting } from '../packages/server/src/main/config.ts'
import type { AnyCommand } from '../packages/cli/src/framework/command.ts'
import { optionTerm, optionText, byTopic, usage } from '../packages/cli/src/framework/help.ts'
import { allCommands, isGroup } from '../packages/cli/src/framework/tree.ts'
import { tree } from '../packages/cli/src/tree.ts'

const made = '<!-- Made by tools/generate-docs.ts (npm run docs); edit the data, not this page. -->'
const cell = (text: string): string => text.replaceAll('|', '\\|')
const row = (...cells: string[]): string => `| ${cells.map(cell).join(' | ')} |`

export async function commandLinePage(): Promise<string> {
  const parts = [
    made,
    '# The command line',
    '`cairn COMMAND --help` says the same in the terminal. Every command takes `--json`, which prints one JSON document (or one a line, for commands that go on), and ends with 0 when it did what was asked, 1 when it could not, 2 when the command line is wrong. Colours and cutting to the width are for terminals only; `NO_COLOR` is honoured.',
    'Commands that ask a server take `--tracking-uri`, or read `MLFLOW_TRACKING_URI`, or ask http://127.0.0.1:5000.',
  ]
  let group: string | undefined
  for (const { path, command } of await allCommands(tree)) {
    const [first, verb] = path.split(' ') as [string, string?]
    const entry = tree[first]!
    if (verb !== undefined && first !== group && isGroup(entry)) parts.push(`## cairn ${first}`, entry.summary)
    group = first
    parts.push(`${verb === undefined ? '##' : '###'} cairn ${path}`, ...commandParts(path, command))
  }
  return `${parts.join('\n\n')}\n`
}

function commandParts(path: string, command: AnyCommand): string[] {
  const parts = [command.summary]
  if (command.details !== undefined) parts.push(command.details)
  parts.push(`\`\`\`\n${usage(path, command)}\n\`\`\``)
  const args = Object.entries(command.args).map(([name, { summary }]) => row(`\`${name.toUpperCase()}\``, summary))
  if (args.length > 0) parts.push(['| argument | |', '|---|---|', ...args].join('\n'))
  for (const [topic, options] of byTopic(command.options)) {
    const rows = options.map(([name, spec]) => row(`\`${optionTerm(name, spec)}\``, optionText(spec)))
    parts.push([`| ${topic.toLowerCase()} | |`, '|---|---|', ...rows].join('\n'))
  }
  if (command.examples.length > 0) {
    parts.push(`\`\`\`sh\n${command.examples.map(([line, what]) => `# ${what}\ncairn ${line}`).join('\n')}\n\`\`\``)
  }
  return parts
}

export function configurationPage(): string {
  const topics = Map.groupBy(settings, ({ topic }) => topic)
  const parts = [
    made,
    '# Configuration of the server',
    '`cairn server` is told everything by flags and environment variables; a flag wins over its variable, and an empty variable counts as unset. Names are MLflow’s where MLflow has the setting. Relative locations are resolved against the folder that the server is started in. What is wrong is reported all at once, before anything is opened.',
  ]
  for (const [topic, list] of topics) {
    parts.push(`## ${topic}`, ['| flag | variable | default | |', '|---|---|---|---|', ...list.map(settingRow)].join('\n'))
  }
  return `${parts.join('\n\n')}\n`
}

function settingRow({ name, flag, env, short, default: value, summary }: Setting): string {
  const flags = flag ? `${short === undefined ? '' : `\`-${short}\` `}\`--${name}\`` : ''
  return row(flags, env === undefined ? '' : `\`${env}\``, value === undefined ? '' : `\`${value}\``, summary)
}

/** The pages by their path from the root. */
export const pages: Readonly<Record<string, () => Promise<string> | string>> = {
  'docs/cli.md': commandLinePage,
  'docs/configuration.md': configurationPage,
}

if (import.meta.main) {
  for (const [path, make] of Object.entries(pages)) {
    writeFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), await make())
    console.log(`wrote ${path}`)
  }
}
