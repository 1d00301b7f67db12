import { useEffect, useRef, useState, type ReactNode } from 'react'
import { usePlaceWord } from '../../app/address.ts'
import { client } from '../../app/server.ts'
import { Empty, Failure } from '../../ui/parts.tsx'
import { Code } from '../artifacts/viewers/code.tsx'
import { fileOf, runShelf } from '../artifacts/shelf.ts'
import { words } from './words.ts'
import '../artifacts/artifacts.css'

/** Bytes that are shown: the end of a longer log. */
const most = 4 * 2 ** 20

/**
 * What the run's command prints, while it prints it: pieces `console/NNNNNN.log` that only grow, of
 * which only what is new is fetched; afterwards the whole `console.log`.
 */
export function RunLog({ id, change, running }: { id: string; change: number; running: boolean }): ReactNode {
  const pieces = useRef(new Map<string, Uint8Array>())
  const [text, setText] = useState<string>()
  const [error, setError] = useState<string>()
  const [asWrapped, wrap] = usePlaceWord('wrap')
  const wrapped = asWrapped === '1'
  useEffect(() => {
    let current = true
    void read(id, pieces.current).then(
      (found) => { if (current) { setText(found); setError(undefined) } },
      (failure: unknown) => { if (current) setError((failure as Error).message) },
    )
    return () => { current = false }
  }, [id, change])
  if (error !== undefined && text === undefined) return <Failure error={error} />
  if (text === undefined) return <p className="soft">{words.reading}</p>
  if (text === '') return <Empty title={running ? words.thisRunHasPrintedNothing : words.theOutputOfThisRun} code={'MLFLOW_TRACKING_URI=$URL cairn run .'} />
  return (
    <>
      <div className="viewer-bar"><button type="button" className="button" aria-pressed={wrapped} onClick={() => wrap(wrapped ? '' : '1')}>{words.wrapLines}</button><span className="soft" role="status">{running ? words.theNewestLinesAppearAt : words.theRunHasEnded}</span></div>
      <div className="run-log">{wrapped ? <pre className="log-wrapped" tabIndex={0} role="region" aria-label={words.consoleLog}>{text}</pre> : <Code text={text} language="text" label={words.consoleLog} {...(running && { line: text.split('\n').length })} />}</div>
    </>
  )
}

async function read(id: string, known: Map<string, Uint8Array>): Promise<string> {
  const shelf = runShelf(client, id)
  const top = await shelf.list('')
  const whole = top.find(({ path }) => path === 'console.log')
  if (whole !== undefined) {
    const bytes = await fileOf(client, shelf, whole).read(Math.max(0, whole.size - most), whole.size)
    return decode([bytes], whole.size > most)
  }
  if (!top.some(({ path, folder }) => folder && path === 'console')) return ''
  const entries = (await shelf.list('console')).filter(({ path }) => path.endsWith('.log')).toSorted((a, b) => a.path.localeCompare(b.path))
  const last = entries.slice(-Math.ceil(most / 65_536))
  for (const entry of last) {
    const have = known.get(entry.path) ?? new Uint8Array(0)
    if (have.length >= entry.size) continue
    const fresh = await fileOf(client, shelf, entry).read(have.length, entry.size)
    const all = new Uint8Array(have.length + fresh.length)
    all.set(have)
    all.set(fresh, have.length)
    known.set(entry.path, all)
  }
  return decode(last.map(({ path }) => known.get(path)!), last.length < entries.length)
}

/** Pieces may end inside a character, so they are decoded as one; escapes for colours are left out. */
function decode(parts: readonly Uint8Array[], cut: boolean): string {
  const decoder = new TextDecoder()
  const text = parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode()
  const plain = text.split('\u001b').map((part, index) => (index === 0 ? part : part.replace(/^\[[\d;?]*[A-Za-z]/, ''))).join('').replace(/[^\n]*\r(?!\n)/g, '')
  return cut ? `${words.theBeginningIs}\n${plain.slice(plain.indexOf('\n') + 1)}` : plain
}
