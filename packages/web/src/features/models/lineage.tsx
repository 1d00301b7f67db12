import { useMemo, type ReactNode } from 'react'
import { href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { Failure } from '../../ui/parts.tsx'
import { layeredLayout } from '../artifacts/decode/layered-layout.ts'
import { GraphView } from '../artifacts/viewers/graph-view.tsx'
import { useNarrow } from '../runs/table/use-narrow.ts'
import '../artifacts/artifacts.css'
import { gatherLineage, lineageOf, type LineageFacts, type LineageStart } from './lineage-facts.ts'
import { words } from './words.ts'

export interface LineageProps {
  readonly start: LineageStart
  /** `lineageId` of what the page is about. */
  readonly here: string
  /** What is shown where nothing is known but the thing itself. */
  readonly empty?: ReactNode
  /** Below the picture. */
  readonly more?: (facts: LineageFacts) => ReactNode
}

/** Where something came from and what came of it, from left to right, on a phone downwards; each box leads to its page. */
export function Lineage({ start, here, empty, more }: LineageProps): ReactNode {
  const { run, model, version, endpoint } = start
  const key = [here, run?.inputs.dataset_inputs?.length, run?.outputs?.model_outputs?.length, model?.info.registrations?.length, version?.aliases?.join(), endpoint?.revision].join(' ')
  const { data, error, reload } = useLoaded(`lineage of ${key}`, () => gatherLineage(client, start))
  const readSoon = useSoon(reload)
  useLive(`lineage of ${here}`, { types: ['registry', 'endpoint'] }, (message) => {
    if (message.type === 'resync' || ((message.type === 'registry' || (message.type === 'endpoint' && message.data.change !== 'report')) && concerns(data, message.type === 'registry' ? message.data.name : message.data.model_name))) readSoon()
  })
  const graph = useMemo(() => (data === undefined ? undefined : lineageOf(data, here, href)), [data, here])
  const nodes = useMemo(() => (graph?.parts ?? []).map(({ id, title, note, href, here: own }) => ({ id, title: cut(title), note: cut(note), kind: own === true ? 'here' as const : 'node' as const, ...(href !== undefined && { href }) })), [graph])
  const narrow = useNarrow()
  const layout = useMemo(() => layeredLayout(nodes.map(({ id, title, note }) => ({ id, width: Math.max(title.length * 7.6, note.length * 6.4) + 28, height: 48 })), graph?.links ?? [], { direction: narrow ? 'down' : 'right', gap: narrow ? [36, 12] : [72, 18] }), [nodes, graph, narrow])
  if (data === undefined) return error === undefined ? <p className="soft">{words.loading}</p> : <Failure error={error} retry={reload} />
  if (nodes.length < 2 && empty !== undefined) return empty
  return <><div className="lineage" style={{ height: Math.min(Math.max(layout.height + (narrow ? 130 : 84), 180), 560) }}><GraphView layout={layout} nodes={nodes} label={narrow ? words.lineageFromTopToBottom : words.lineageFromLeftToRight} /></div>{more?.(data)}</>
}

const cut = (text: string): string => (text.length > 30 ? `${text.slice(0, 29)}…` : text)
const concerns = (facts: LineageFacts | undefined, model: string): boolean => facts === undefined || facts.versions.some(({ name }) => name === model) || facts.endpoints.some(({ model_name }) => model_name === model)
