/**
 * What the tests of attacks are worth: takes one defence after the other away, in memory alone, and runs
 * the test that should notice. Ends with 1 where one noticed nothing.
 *
 *     node_modules/.bin/node --conditions=source tests/security/without-defences.ts [WORD …]
 *
 * With words only the defences whose name has one of them. Not a part of `npm test`: some minutes.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { defences } from './defences.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const words = process.argv.slice(2)
let unnoticed = 0
for (const { name, file, from, to, test, only } of defences) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue
  const run = (without: boolean) => spawnSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', '--test', ...(only === '' ? [] : [`--test-name-pattern=${only.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`]), test], {
    cwd: root, encoding: 'utf8', env: { ...process.env, ...(without && { CAIRN_WITHOUT: JSON.stringify({ file, from, to }), NODE_OPTIONS: `--import=${fileURLToPath(new URL('take-away.ts', import.meta.url))}` }) },
  })
  const { status, stdout, stderr } = run(true)
  const output = stdout + stderr
  // Neither a change that does not fit, nor a server that does not start with it, nor a test that is not there counts as noticed.
  const noticed = status !== 0 && !/has not once:|SyntaxError|did not start/.test(output) && /^ℹ tests [1-9]/m.test(output) && /^ℹ fail [1-9]/m.test(output)
  if (!noticed) unnoticed += 1
  process.stdout.write(`${noticed ? 'noticed  ' : 'UNNOTICED'}  ${name}  (${test})\n`)
  if (!noticed && process.env['CAIRN_SHOW'] !== undefined) process.stdout.write(output.slice(-3000))
}
process.exitCode = unnoticed === 0 ? 0 : 1
