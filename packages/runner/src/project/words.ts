/** Python's `shlex.split` for POSIX shells: the words of a command, or undefined where it needs a shell. */
export function plainWords(command: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at]!
    if (char === "'") {
      const end = command.indexOf("'", at + 1)
      if (end < 0) return undefined
      word = (word ?? '') + command.slice(at + 1, end)
      at = end
    } else if (char === '"') {
      word ??= ''
      for (at += 1; command[at] !== '"'; at += 1) {
        const inner = command[at]
        if (inner === undefined || inner === '$' || inner === '`') return undefined
        if (inner === '\\' && '"\\$`'.includes(command[at + 1] ?? '')) at += 1
        word += command[at]!
      }
    } else if (char === '\\') {
      const next = command[at += 1]
      if (next === undefined) return undefined
      word = (word ?? '') + (next === '\n' ? '' : next)
    } else if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word)
      word = undefined
      // What a shell would make something else of.
    } else if ('|&;<>()$`*?[]{}~#!\n'.includes(char)) return undefined
    else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  // A leading NAME=value is an assignment to a shell.
  return words.length === 0 || /^\w+=/.test(words[0]!) ? undefined : words
}

/** How a container runs a command: its words, as MLflow passes them, or a shell where it needs one. */
export const containerCommand = (command: string): string[] => plainWords(command) ?? ['sh', '-c', command]
