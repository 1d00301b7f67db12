import type { AnyCommand, Group, OptionSpec, Tree } from './command.ts'
import type { Style } from './io.ts'
import { commonOptions } from './parse.ts'
import { padEnd, width, wrap } from './text.ts'
import { isGroup } from './tree.ts'

const widest = 100

export async function rootHelp(tree: Tree, style: Style, columns: number | undefined): Promise<string> {
  const rows: [string, string][] = []
  for (const [name, entry] of Object.entries(tree)) rows.push([name, isGroup(entry) ? entry.summary : (await entry()).command.summary])
  return [
    `${style.bold('cairn')}: track experiments, keep models; any MLflow client works with it.`,
    '',
    `${style.bold('Usage:')} cairn COMMAND [OPTIONS]`,
    '',
    section('Commands', rows, style, columns),
    '',
    section('Options', [['--help', 'Show this help; also: cairn help COMMAND.'], ['--version', 'Show the version.']], style, columns),
    '',
    style.bold('Start here:'),
    '  cairn server                    start the server on http://127.0.0.1:5000',
    '  export MLFLOW_TRACKING_URI=http://127.0.0.1:5000',
    '  cairn runs list                 see what was tracked',
  ].join('\n')
}

export async function groupHelp(path: string, group: Group, style: Style, columns: number | undefined): Promise<string> {
  const rows: [string, string][] = []
  for (const [name, load] of Object.entries(group.commands)) rows.push([name, (await load()).command.summary])
  return [
    group.summary,
    '',
    `${style.bold('Usage:')} cairn ${path} COMMAND [OPTIONS]`,
    '',
    section('Commands', rows, style, columns),
    '',
    `See also: cairn ${path} COMMAND --help`,
  ].join('\n')
}

export function commandHelp(path: string, command: AnyCommand, style: Style, columns: number | undefined): string {
  const parts = [command.summary]
  if (command.details !== undefined) {
    for (const paragraph of command.details.split('\n\n')) parts.push('', ...wrap(paragraph, Math.min(columns ?? widest, widest)))
  }
  parts.push('', `${style.bold('Usage:')} ${usage(path, command)}`)
  const args = Object.entries(command.args).map(([name, { summary }]): [string, string] => [name.toUpperCase(), summary])
  if (args.length > 0) parts.push('', section('Arguments', args, style, columns))
  for (const [topic, options] of byTopic({ ...command.options, ...commonOptions })) {
    parts.push('', section(topic, options.map(([name, spec]): [string, string] => [optionTerm(name, spec), optionText(spec)]), style, columns))
  }
  if (command.examples.length > 0) {
    parts.push('', style.bold('Examples:'))
    for (const [line, what] of command.examples) parts.push(`  ${style.dim(`# ${what}`)}`, `  cairn ${line}`)
  }
  return parts.join('\n')
}

export function usage(path: string, command: AnyCommand): string {
  const args = Object.entries(command.args).map(([name, { optional, many }]) => {
    const word = `${name.toUpperCase()}${many ? '…' : ''}`
    return optional ? `[${word}]` : word
  })
  const required = Object.entries(command.options).flatMap(([name, spec]) => (spec.required ? [optionTerm(name, { ...spec, short: undefined } as OptionSpec)] : []))
  return ['cairn', path, ...args, ...required, '[OPTIONS]'].join(' ')
}

export function byTopic(options: Readonly<Record<string, OptionSpec>>): Map<string, [string, OptionSpec][]> {
  return Map.groupBy(
    Object.entries(options).filter(([, { hidden }]) => !hidden),
    ([, { topic }]) => topic ?? 'Options',
  )
}

export function optionTerm(name: string, spec: OptionSpec): string {
  const long = spec.negatable ? `--[no-]${name}` : `--${name}`
  const value = spec.kind === 'boolean' ? '' : ` ${spec.value ?? (spec.kind === 'integer' ? 'N' : 'TEXT')}`
  return `${spec.short === undefined ? '' : `-${spec.short}, `}${long}${value}`
}

export function optionText(spec: OptionSpec): string {
  const shown = spec.shown ?? spec.default
  const notes = [
    ...(spec.choices === undefined ? [] : [`one of ${spec.choices.join(', ')}`]),
    ...(spec.kind === 'list' && spec.env === undefined ? ['may be repeated'] : []),
    ...(shown === undefined || shown === 'false' ? [] : [`default: ${shown}`]),
    ...(spec.env === undefined ? [] : [`or ${spec.env}`]),
  ]
  return notes.length === 0 ? spec.summary : `${spec.summary} (${notes.join('; ')})`
}

function section(title: string, rows: readonly (readonly [string, string])[], style: Style, columns: number | undefined): string {
  const left = Math.min(34, rows.reduce((most, [term]) => Math.max(most, width(term)), 0))
  const right = Math.max(24, Math.min(columns ?? widest, widest) - left - 4)
  const lines = rows.flatMap(([term, text]) => {
    const [first, ...rest] = wrap(text, right)
    const indent = ' '.repeat(left + 4)
    const more = rest.map((line) => indent + line)
    return width(term) > left ? [`  ${term}`, indent + first!, ...more] : [`  ${padEnd(term, left)}  ${first!}`, ...more]
  })
  return [style.bold(`${title}:`), ...lines].join('\n')
}
