import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { tree } from '../tree.ts'
import { completionScript } from './completion.ts'

const script = await completionScript('bash', tree)

/** What bash offers at the end of a line. */
function complete(...words: string[]): string[] {
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${script}
    COMP_WORDS=(cairn "$@"); COMP_CWORD=$#; _cairn; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words], { encoding: 'utf8', cwd: '/' })
  assert.equal(stderr, '')
  return stdout.split('\n').filter((line) => line !== '').toSorted()
}

test('bash completes commands, their verbs, options and words', () => {
  assert.deepEqual(complete('ser'), ['server'])
  assert(complete('').includes('experiments'))
  assert.deepEqual(complete('runs', 'se'), ['search'])
  assert.deepEqual(complete('help', 'ser'), ['server'])
  assert.deepEqual(complete('runs', 'list', '--max'), ['--max-results'])
  assert.deepEqual(complete('server', '--no-ser'), ['--no-serve-artifacts'])
  assert.deepEqual(complete('experiments', 'list', '--view', 'de'), ['deleted'])
  assert.deepEqual(complete('server', '--gun'), [])
})

test('every shell gets every command, with texts that cannot break out of their quotes', async () => {
  const zsh = await completionScript('zsh', tree)
  const fish = await completionScript('fish', tree)
  for (const words of ['models rollback', 'runs tail']) assert(zsh.includes(`'${words}')`), words)
  assert.match(fish, /__fish_seen_subcommand_from models; and __fish_seen_subcommand_from rollback' -l alias -r/)
  for (const line of [...zsh.split('\n'), ...fish.split('\n')]) {
    if (!line.startsWith('#')) assert.equal((line.replaceAll("\\'", '').match(/'/g) ?? []).length % 2, 0, line)
  }
})
