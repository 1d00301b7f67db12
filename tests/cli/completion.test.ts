import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { completionScript } from '../../packages/cli/src/framework/completion.ts'
import { tree } from '../../packages/cli/src/tree.ts'
import { debianProgram } from '../../tools/debian.ts'

/* The scripts for zsh and fish in the shells themselves; bash is tried beside the code. */

const folder = mkdtempSync(join(tmpdir(), 'cairn-completion-'))
after(() => rmSync(folder, { recursive: true }))

/** A line up to where Tab is pressed, and what the shell makes of it. */
const lines = [
  ['cairn ser', 'cairn server'], ['cairn runs se', 'runs search'], ['cairn runs list --max', 'max-results'], ['cairn experiments list --view de', 'deleted'],
  ['cairn server --no-ser', 'no-serve-artifacts'], ['cairn models roll', 'rollback'],
] as const

test('zsh completes commands, their verbs, options and words at its own prompt', async () => {
  const zsh = debianProgram('zsh', 'zsh')
  writeFileSync(join(folder, 'cairn.zsh'), await completionScript('zsh', tree))
  writeFileSync(join(folder, '.zshrc'), `PS1='READY> '\nautoload -Uz compinit\ncompinit -u -D\nsource ${folder}/cairn.zsh\nbindkey '^I' complete-word\n`)
  writeFileSync(join(folder, 'type.zsh'), `
    zmodload zsh/zpty
    zpty shell env ZDOTDIR=${folder} TERM=dumb zsh -i
    zpty -r shell out '*READY> *'
    press() { zpty -n -w shell $'\\C-u'"$1"$'\\t'; zpty -r shell out "*$2*" && print -r -- "$1" }
    ${lines.map(([typed, made]) => `press '${typed}' '${made}'`).join('\n    ')}
    zpty -d shell
  `)
  const { stdout, stderr } = spawnSync(zsh, ['-f', join(folder, 'type.zsh')], { encoding: 'utf8', timeout: 60_000, cwd: folder })
  assert.deepEqual(stdout.trimEnd().split('\n'), lines.map(([typed]) => typed), stderr)
})

test('fish completes commands, their verbs, options and words', async () => {
  const fish = debianProgram('fish', 'fish')
  writeFileSync(join(folder, 'cairn.fish'), await completionScript('fish', tree))
  for (const [typed, made] of lines) {
    const { stdout, stderr } = spawnSync(fish, ['--no-config', '-c', `source ${folder}/cairn.fish; complete -C '${typed}'`], { encoding: 'utf8', cwd: folder, env: { ...process.env, HOME: folder } })
    const offered = stdout.split('\n').map((line) => line.split('\t')[0]!)
    assert.ok(offered.some((word) => word === made.split(' ').at(-1) || word === `--${made}`), `${typed}: ${stdout}${stderr}`)
  }
})
