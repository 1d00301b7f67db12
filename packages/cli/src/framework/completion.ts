import type { AnyCommand, OptionSpec, Tree } from './command.ts'
import { commonOptions } from './parse.ts'
import { allCommands, isGroup } from './tree.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** A script for the shell, made from the commands' data: it asks no program while the person types. */
export async function completionScript(shell: Shell, tree: Tree): Promise<string> {
  const commands = await allCommands(tree)
  return shell === 'fish' ? fish(tree, commands) : shell === 'zsh' ? zsh(tree, commands) : bash(tree, commands)
}

type Commands = readonly { path: string; command: AnyCommand }[]

function flags(command: AnyCommand): [string, OptionSpec][] {
  return Object.entries({ ...command.options, ...commonOptions }).filter(([, { hidden }]) => !hidden)
}

const flagWords = (command: AnyCommand): string =>
  flags(command).flatMap(([name, spec]) => [`--${name}`, ...(spec.negatable ? [`--no-${name}`] : [])]).join(' ')

const groupsOf = (tree: Tree): [string, string[]][] =>
  Object.entries(tree).flatMap(([name, entry]): [string, string[]][] => (isGroup(entry) ? [[name, Object.keys(entry.commands)]] : []))

function bash(tree: Tree, commands: Commands): string {
  const groups = groupsOf(tree).map(([name, verbs]) => `      ${name}) words='${verbs.join(' ')}' ;;`)
  const options = commands.map(({ path, command }) => `      '${path}') words='${flagWords(command)}' ;;`)
  const choices = commands.flatMap(({ path, command }) => flags(command).flatMap(([name, spec]) =>
    (spec.choices === undefined ? [] : [`    '${path} --${name}') COMPREPLY=($(compgen -W '${spec.choices.join(' ')}' -- "$current")); return ;;`])))
  return `# bash completion for cairn.  Try it: eval "$(cairn completion bash)"
_cairn() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words= path=\${COMP_WORDS[1]}
  case $path in
    ${groupsOf(tree).map(([name]) => name).join('|')}) [ "$COMP_CWORD" -gt 2 ] && path="$path \${COMP_WORDS[2]}" ;;
  esac
  case "$path $previous" in
${choices.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${Object.keys(tree).join(' ')} --help --version'
  elif [ "$path" = "\${COMP_WORDS[1]}" ] && [ "$COMP_CWORD" -eq 2 ] && [ "\${current#-}" = "$current" ]; then
    case $path in
${groups.join('\n')}
      help) words='${Object.keys(tree).join(' ')}' ;;
    esac
  else
    case $path in
${options.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _cairn cairn
`
}

const zshText = (text: string): string => text.replaceAll("'", '’').replaceAll(':', '\\:').replaceAll('[', '(').replaceAll(']', ')')

function zsh(tree: Tree, commands: Commands): string {
  const describe = (rows: readonly (readonly [string, string])[]): string => rows.map(([name, text]) => `'${name}:${zshText(text)}'`).join(' ')
  const roots = Object.entries(tree).map(([name, entry]): [string, string] =>
    [name, isGroup(entry) ? entry.summary : commands.find(({ path }) => path === name)!.command.summary])
  const groups = groupsOf(tree).map(([name]) => {
    const rows = commands.filter(({ path }) => path.startsWith(`${name} `)).map(({ path, command }): [string, string] => [path.slice(name.length + 1), command.summary])
    return `    ${name}) if (( CURRENT == 3 )); then local -a verbs=(${describe(rows)}); _describe command verbs; return; fi; command="${name} $words[3]" ;;`
  })
  const options = commands.map(({ path, command }) => {
    const specs = flags(command).flatMap(([name, spec]) => {
      const value = spec.kind === 'boolean' ? '' : spec.choices === undefined ? `:${(spec.value ?? 'value').toLowerCase()}:_files` : `:value:(${spec.choices.join(' ')})`
      const words = [`--${name}`, ...(spec.negatable ? [`--no-${name}`] : []), ...(spec.short === undefined ? [] : [`-${spec.short}`])]
      return words.map((word) => `'${word}[${zshText(spec.summary)}]${value}'`)
    })
    return `    '${path}') _arguments ${specs.join(' ')} '*:file:_files' ;;`
  })
  return `#compdef cairn
# zsh completion for cairn.  Try it: eval "$(cairn completion zsh)"
_cairn() {
  if (( CURRENT == 2 )); then local -a roots=(${describe(roots)}); _describe command roots; return; fi
  # Not called path: that is another name of PATH here.
  local command="$words[2]"
  case $command in
${groups.join('\n')}
  esac
  case $command in
${options.join('\n')}
  esac
}
compdef _cairn cairn
`
}

const fishText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")

function fish(tree: Tree, commands: Commands): string {
  const lines = ['# fish completion for cairn.  Try it: cairn completion fish | source', 'complete -c cairn -f']
  for (const [name, entry] of Object.entries(tree)) {
    const summary = isGroup(entry) ? entry.summary : commands.find(({ path }) => path === name)!.command.summary
    lines.push(`complete -c cairn -n __fish_use_subcommand -a ${name} -d '${fishText(summary)}'`)
  }
  for (const { path, command } of commands) {
    const [group, verb] = path.split(' ') as [string, string?]
    const verbs = groupsOf(tree).find(([name]) => name === group)?.[1].join(' ')
    if (verb !== undefined) lines.push(`complete -c cairn -n '__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${verbs}' -a ${verb} -d '${fishText(command.summary)}'`)
    const when = verb === undefined ? `__fish_seen_subcommand_from ${group}` : `__fish_seen_subcommand_from ${group}; and __fish_seen_subcommand_from ${verb}`
    for (const [name, spec] of flags(command)) {
      const value = spec.kind === 'boolean' ? '' : spec.choices === undefined ? ' -r -F' : ` -x -a '${spec.choices.join(' ')}'`
      lines.push(`complete -c cairn -n '${when}' -l ${name}${spec.short === undefined ? '' : ` -s ${spec.short}`}${value} -d '${fishText(spec.summary)}'`)
      if (spec.negatable) lines.push(`complete -c cairn -n '${when}' -l no-${name} -d '${fishText(spec.summary)}'`)
    }
  }
  return `${lines.join('\n')}\n`
}
