/**
 * For debugging; the test is differential.test.ts.
 *
 *   node --conditions=source tests/differential/run.ts [--only TEXT] [--server mlflow|cairn] [--all]
 *
 * With --server it prints what that one answers; with both (the default) what differs, and with
 * --all also what is the same or deliberate. MLFLOW_URL and CAIRN_URL name servers that run already.
 */
import { parseArgs } from 'node:util'
import { judge, report } from './compare.ts'
import { corpus } from './corpus/index.ts'
import { inWords, play } from './play.ts'
import { attach, startCairn, startMlflow } from './servers.ts'

const { values } = parseArgs({ options: {
  only: { type: 'string', default: '' }, server: { type: 'string', default: 'both' }, all: { type: 'boolean', default: false },
} })
const { MLFLOW_URL, CAIRN_URL } = process.env
const wanted = corpus.filter(story => `${story.group}: ${story.title}`.includes(values.only))
const servers = [
  ...(values.server === 'cairn' ? [] : [MLFLOW_URL ? attach('mlflow', MLFLOW_URL) : await startMlflow()]),
  ...(values.server === 'mlflow' ? [] : [CAIRN_URL ? attach('cairn', CAIRN_URL) : await startCairn()]),
]
const counts = { same: 0, deliberate: 0, different: 0 }
try {
  for (const story of wanted) {
    process.stdout.write(`\n# ${story.group}: ${story.title}\n`)
    for (const played of await play(story, servers)) {
      if (servers.length === 1) {
        const [answer] = played.answers
        process.stdout.write(`${inWords(played.step)}\n    ${answer!.status} ${JSON.stringify(answer!.body).slice(0, 1200)}\n`)
        continue
      }
      const verdict = judge(played)
      counts[verdict.kind]++
      if (values.all || verdict.kind === 'different') {
        process.stdout.write(`${verdict.kind}${verdict.reason ? ` (${verdict.reason.id})` : ''}: ${report(played)}\n`)
      }
    }
  }
  process.stdout.write(`\n${JSON.stringify(counts)}\n`)
} finally {
  for (const server of servers) await server[Symbol.asyncDispose]()
}
