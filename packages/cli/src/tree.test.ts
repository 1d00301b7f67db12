import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { allCommands } from './framework/tree.ts'
import { parseCommandLine } from './framework/parse.ts'
import { find } from './framework/tree.ts'
import { tree } from './tree.ts'

const commands = await allCommands(tree)

test('the path of a command is the path of its file', () => {
  const files = globSync('**/*.ts', { cwd: fileURLToPath(new URL('commands', import.meta.url)), exclude: ['**/*.test.ts'] })
  assert.deepEqual(files.map((file) => file.replace(/\.ts$/, '').replaceAll('/', ' ')).toSorted(), commands.map(({ path }) => path).toSorted())
})

for (const { path, command } of commands) {
  test(`cairn ${path} has a summary and examples that its own parser accepts`, async () => {
    assert.match(command.summary, /^[A-Z].{5,90}\.$/s)
    assert(command.examples.length > 0)
    for (const [line, what] of command.examples) {
      assert(what.length > 0)
      const words = shellWords(line)
      const found = await find(tree, words)
      assert(found.kind === 'command' && found.path === path, line)
      parseCommandLine(path, command, found.rest, {})
    }
    for (const [name, { summary }] of [...Object.entries(command.options), ...Object.entries(command.args)]) assert.match(summary, /[.,a-z”’"]$/, name)
  })
}

/** Words as a shell takes them apart, up to a pipe or redirection. */
function shellWords(line: string): string[] {
  const [command = ''] = line.split(/ (?:\||>>?|&&) /)
  return [...command.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3]!)
}
