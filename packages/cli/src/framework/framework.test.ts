import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defineCommand, type Tree } from './command.ts'
import { UserError } from './errors.ts'
import { formatAge, formatBytes, formatDuration, formatNumber } from './format.ts'
import { makeStyle, wantsColor, type Io } from './io.ts'
import { runProgram } from './run.ts'
import { sparkline } from './sparkline.ts'
import { table } from './table.ts'
import { printable, truncate, width } from './text.ts'

const show = defineCommand({
  summary: 'Show a thing.',
  args: { id: { summary: 'Its id.' }, more: { summary: 'Others.', optional: true, many: true } },
  options: {
    'max-results': { kind: 'integer', short: 'n', default: 10, summary: 'How many.' },
    view: { kind: 'text', choices: ['active', 'deleted'], default: 'active', summary: 'Which.' },
    tag: { kind: 'list', short: 't', summary: 'Tags.' },
    links: { kind: 'boolean', negatable: true, summary: 'Follow links.' },
    place: { kind: 'text', env: 'PLACE', summary: 'Where.' },
    big: { kind: 'boolean', hidden: true, summary: 'Big numbers.' },
  },
  examples: [['things show abc', 'one thing']],
  run: async ({ args, options }) => {
    if (args.id === 'bug') throw new TypeError('x is undefined')
    if (args.id === 'wrong') throw new UserError('There is no thing "wrong".', 'Give another.')
    return { data: options.big ? { big: 2n ** 60n, nan: NaN } : { args, options }, text: `thing ${args.id}` }
  },
})
const tree: Tree = { things: { summary: 'Things.', commands: { show: async () => ({ command: show }) } }, show: async () => ({ command: show }) }

async function cairn(line: string, env: Io['env'] = {}) {
  let out = ''
  let err = ''
  const io: Io = {
    write: (text) => { out += text }, warn: (text) => { err += text }, env, cwd: '/', columns: undefined, rows: undefined, color: false, signal: new AbortController().signal,
  }
  const code = await runProgram({ tree, version: '1.2.3', explain: () => undefined }, line.split(' ').filter(Boolean), io)
  return { code, out, err }
}
const json = async (line: string, env: Io['env'] = {}) => JSON.parse((await cairn(`${line} --json`, env)).out)

test('the same answer is text for people and JSON on request', async () => {
  assert.deepEqual(await cairn('things show abc'), { code: 0, out: 'thing abc\n', err: '' })
  assert.deepEqual((await json('things show abc')).args, { id: 'abc', more: [] })
})

test('options take values after a space, an equals sign or a short name, even ones that begin with a dash', async () => {
  assert.equal((await json('show a --max-results 5')).options['max-results'], 5)
  assert.equal((await json('show a --max-results=5')).options['max-results'], 5)
  assert.equal((await json('show a -n 5')).options['max-results'], 5)
  assert.deepEqual((await json('show a -t x=1 --tag -y')).options.tag, ['x=1', '-y'])
  assert.equal((await json('show a --no-links')).options.links, false)
  assert.deepEqual((await json('show a b c')).args.more, ['b', 'c'])
  assert.equal((JSON.parse((await cairn('show --json -- -dash')).out)).args.id, '-dash')
})

test('an option falls back to its variable, then to its default', async () => {
  assert.equal((await json('show a', { PLACE: 'env' })).options.place, 'env')
  assert.equal((await json('show a --place flag', { PLACE: 'env' })).options.place, 'flag')
  assert.equal((await json('show a')).options.view, 'active')
})

test('a wrong command line exits with 2 and says what to do', async () => {
  for (const [line, words] of [
    ['things shwo', /no command "cairn things shwo".*Did you mean "cairn things show"/s],
    ['thigns', /Did you mean "cairn things"/],
    ['show', /needs ID.*See: cairn show --help/s],
    ['show a --veiw active', /no option --veiw.*Did you mean --view/s],
    ['show a --view actve', /takes one of active, deleted.*Did you mean active/s],
    ['show a --max-results few', /whole number, not "few"/],
    ['show a --max-results', /argument missing/],
  ] as const) {
    const { code, out, err } = await cairn(line)
    assert.equal(code, 2, line)
    assert.equal(out, '', line)
    assert.match(err, words, line)
  }
})

test('what the person can put right exits with 1, and a bug is called a bug', async () => {
  assert.deepEqual(await cairn('show wrong'), { code: 1, out: '', err: 'cairn: There is no thing "wrong".\n  Give another.\n' })
  assert.deepEqual(JSON.parse((await cairn('show wrong --json')).err), { error: 'There is no thing "wrong".', fix: 'Give another.' })
  const bug = await cairn('show bug')
  assert.equal(bug.code, 1)
  assert.match(bug.err, /bug in Cairn.*TypeError: x is undefined/s)
})

test('help is there for the program, a group and a command, asked in any usual way', async () => {
  for (const line of ['--help', 'help', '-h']) assert.match((await cairn(line)).out, /Commands:\n {2}things {2}Things\./)
  for (const line of ['help things', 'things --help', 'things -h']) assert.equal((await cairn(line)).code, 0, line)
  for (const line of ['help things show', 'things show --help', 'things show -h']) {
    const { code, out } = await cairn(line)
    assert.equal(code, 0)
    assert.match(out, /Usage: cairn things show ID \[MORE…\] \[OPTIONS\]/)
    assert.match(out, /-n, --max-results N {2}How many\. \(default: 10\)/)
    assert.match(out, /--\[no-\]links/)
    assert.match(out, /cairn things show abc/)
    assert.doesNotMatch(out, /--big/)
  }
  assert.equal((await cairn('')).code, 2)
  assert.equal((await cairn('--version')).out, 'cairn 1.2.3\n')
})

test('JSON keeps integers beyond 2^53 exact and names what is not finite', async () => {
  assert.match((await cairn('show a --big --json')).out, /"big": 1152921504606846976,\s+"nan": "NaN"/)
})

test('colours follow NO_COLOR, FORCE_COLOR and the terminal', () => {
  assert.equal(wantsColor({}, true), true)
  assert.equal(wantsColor({ NO_COLOR: '1' }, true), false)
  assert.equal(wantsColor({ FORCE_COLOR: '1' }, false), true)
  assert.equal(wantsColor({ TERM: 'dumb' }, true), false)
  assert.equal(wantsColor({}, false), false)
})

test('a table is aligned, and on a terminal cut to its width without touching ids', () => {
  const rows = [{ id: 'run-0123456789', name: 'a very long name of a run', loss: 0.5 }, { id: 'run-1', name: '模型', loss: 12 }]
  const columns = [
    { title: 'ID', value: (row: typeof rows[0]) => row.id, whole: true },
    { title: 'NAME', value: (row: typeof rows[0]) => row.name },
    { title: 'LOSS', value: (row: typeof rows[0]) => row.loss, align: 'right' as const },
  ]
  assert.equal(table(rows, columns, makeStyle(false), undefined), [
    'ID              NAME                       LOSS',
    'run-0123456789  a very long name of a run   0.5',
    'run-1           模型                         12',
  ].join('\n'))
  const narrow = table(rows, columns, makeStyle(false), 34)
  assert(narrow.split('\n').every((line) => width(line) <= 34))
  assert.match(narrow, /run-0123456789 {2}a very long… {3}0\.5/)
})

test('text from a server cannot steer the terminal', () => {
  assert.equal(printable('a\x1b[31mred\x07\u202e'), 'a\\x1b[31mred\\x07\\x202e')
})

test('a cut text is never wider than asked', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 20 }), (text, columns) => width(truncate(text, columns)) <= columns))
})

test('a sparkline has one bar for a value and shows a single spike among thousands', () => {
  assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 20), '▁▂▃▄▅▆▇█')
  assert.equal(sparkline([3, 3], 5), '▄▄')
  assert.equal(sparkline([0, NaN, 1], 5), '▁ █')
  const spike = Array.from({ length: 10_000 }, (_, index) => (index === 6_543 ? 100 : 0))
  assert.equal([...sparkline(spike, 40)].filter((bar) => bar === '█').length, 1)
  assert.equal(sparkline([], 10), '')
  assert.equal(sparkline([-Number.MAX_VALUE, Number.MAX_VALUE], 2), '▁█')
})

test('numbers, durations, ages and sizes are short', () => {
  assert.deepEqual([0, 12, 0.123456789, 1e-7, 1.5e13, NaN, 1e300].map(formatNumber), ['0', '12', '0.123457', '1e-7', '1.5e+13', 'NaN', '1e+300'])
  assert.deepEqual([0, 45, 3210, 65_000, 7_500_000, 90_000_000, 3_600_000].map(formatDuration), ['0ms', '45ms', '3.2s', '1m 5s', '2h 5m', '1d 1h', '1h'])
  assert.deepEqual([formatAge(0, 90_000_000), formatAge(5, 6), formatAge(0, 3400)], ['1d ago', 'now', '3s ago'])
  assert.deepEqual([0, 1023, 2048, 5 * 2 ** 30].map(formatBytes), ['0 B', '1023 B', '2.0 KB', '5.0 GB'])
})
