import { useMemo, useState, type ReactNode } from 'react'
import { count, grouped } from '../../../ui/format.ts'
import { layeredLayout } from '../decode/layered-layout.ts'
import { parseOnnx, type OnnxModel } from '../decode/onnx.ts'
import { readWhole } from '../decode/table.ts'
import { useAsync } from '../use-async.ts'
import { GraphView, type GraphNode } from './graph-view.tsx'
import { Facts } from './model-parts.tsx'
import { Problem, Waiting } from './problem.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

const mostNodes = 5000

export function OnnxViewer({ shelf, file }: ViewerProps): ReactNode {
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, async () => parseOnnx(await readWhole(file, 512 * 2 ** 20)))
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  return value === undefined ? <Waiting /> : <OnnxGraph model={value} />
}

function OnnxGraph({ model }: { model: OnnxModel }): ReactNode {
  const [chosen, setChosen] = useState<string>()
  const graph = useMemo(() => graphOf(model), [model])
  const selected = model.nodes.find((_, index) => String(index) === chosen)
  return (
    <>
      <Facts rows={[
        [words.madeBy, model.producer || words.unknown], [words.operators, model.opsets.join(', ')], [words.irVersion, String(model.irVersion)], [words.nodes, grouped(model.nodes.length)], [words.parameters, grouped(model.parameters)],
        [words.inputs, model.inputs.map(({ name, type }) => `${name}: ${type}`).join('; ')], [words.outputs, model.outputs.map(({ name, type }) => `${name}: ${type}`).join('; ')], ...model.metadata,
      ]} />
      {model.nodes.length > mostNodes
        ? <p className="viewer-note">{words.thisGraphHasTooMany(count(model.nodes.length, 'node'))}</p>
        : <GraphView layout={graph.layout} nodes={graph.nodes} label={words.graphOf(count(model.nodes.length, 'node'))} chosen={chosen} onChoose={setChosen} />}
      {selected !== undefined && (
        <section className="graph-chosen" aria-live="polite">
          <h3>{selected.op} <span className="soft">{selected.name}</span></h3>
          <Facts rows={[
            ...(selected.domain === '' ? [] : [[words.domain, selected.domain] as const]),
            [words.inputs, selected.inputs.map((name) => (model.weights.has(name) ? `${name} ${model.weights.get(name)}` : name)).join(', ')],
            [words.outputs, selected.outputs.join(', ')], ...selected.attributes,
          ]} />
        </section>
      )}
      <details className="viewer-details">
        <summary>{words.allNodesAsATable}</summary>
        <div className="scroll tall" tabIndex={0} role="region" aria-label={words.nodes}>
          <table className="plain-table">
            <thead><tr><th scope="col">{words.operator}</th><th scope="col">{words.inputs}</th><th scope="col">{words.outputs}</th></tr></thead>
            <tbody>{model.nodes.slice(0, 2000).map((node, index) => <tr key={index}><th scope="row">{node.op}</th><td>{node.inputs.join(', ')}</td><td>{node.outputs.join(', ')}</td></tr>)}</tbody>
          </table>
        </div>
      </details>
    </>
  )
}

function graphOf(model: OnnxModel): { layout: ReturnType<typeof layeredLayout>; nodes: readonly GraphNode[] } {
  if (model.nodes.length > mostNodes) return { layout: layeredLayout([], []), nodes: [] }
  const nodes: GraphNode[] = [
    ...model.inputs.map(({ name, type }) => ({ id: `in ${name}`, title: name, note: type, kind: 'end' as const })),
    ...model.nodes.map(({ op, name }, index) => ({ id: String(index), title: op, note: name.length > 24 ? `…${name.slice(-23)}` : name, kind: 'node' as const })),
    ...model.outputs.map(({ name, type }) => ({ id: `out ${name}`, title: name, note: type, kind: 'end' as const })),
  ]
  const maker = new Map<string, string>(model.inputs.map(({ name }) => [name, words.inName(name)]))
  for (const [index, { outputs }] of model.nodes.entries()) for (const name of outputs) if (name !== '') maker.set(name, String(index))
  const edges = [
    ...model.nodes.flatMap(({ inputs }, index) => inputs.flatMap((name) => (maker.has(name) ? [[maker.get(name)!, String(index)] as const] : []))),
    ...model.outputs.flatMap(({ name }) => (maker.has(name) ? [[maker.get(name)!, words.out(name)] as const] : [])),
  ]
  const sized = nodes.map(({ id, title, note }) => ({ id, width: Math.min(Math.max(title.length * 8, (note ?? '').length * 6.4) + 28, 260), height: note ? 44 : 30 }))
  return { layout: layeredLayout(sized, edges), nodes }
}
