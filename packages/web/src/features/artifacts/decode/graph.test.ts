import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { layeredLayout } from './layered-layout.ts'
import { parseOnnx } from './onnx.ts'

const node = (id: string) => ({ id, width: 100, height: 30 })

it('a graph is drawn downwards, and no two boxes of it touch', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 14 }).chain((size) => fc.tuple(fc.constant(size), fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }))), ([size, pairs]) => {
    const edges = pairs.filter(([from, to]) => from < to).map(([from, to]) => [String(from), String(to)] as const)
    const layout = layeredLayout(Array.from({ length: size }, (_, index) => node(String(index))), edges)
    const placed = [...layout.nodes.values()]
    for (const [from, to] of edges) assert.ok(layout.nodes.get(from)!.y < layout.nodes.get(to)!.y)
    for (const [index, a] of placed.entries()) {
      for (const b of placed.slice(index + 1)) assert.ok(Math.abs(a.x - b.x) >= 100 || Math.abs(a.y - b.y) >= 30, `${a.id} and ${b.id}`)
      assert.ok(a.x >= 50 - 1e-6 && a.x <= layout.width - 50 + 1e-6 && a.y <= layout.height)
    }
  }))
})

it('a cycle is drawn all the same, and an edge to nothing is left out', () => {
  const layout = layeredLayout([node('a'), node('b')], [['a', 'b'], ['b', 'a'], ['a', 'nowhere']])
  assert.equal(layout.nodes.size, 2)
  assert.equal(layout.edges[2]!.length, 0)
})

/** Writes a protobuf message: strings and messages by their bytes, numbers as varints. */
function message(...parts: readonly (readonly [number: number, value: number | string | Uint8Array])[]): Uint8Array {
  const varint = (value: number): number[] => (value < 128 ? [value] : [value & 127 | 128, ...varint(Math.floor(value / 128))])
  return new Uint8Array(parts.flatMap(([number, value]) => {
    if (typeof value === 'number') return [...varint(number << 3), ...varint(value)]
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
    return [...varint(number << 3 | 2), ...varint(bytes.length), ...bytes]
  }))
}

function onnxExample(): Uint8Array {
  const tensor = (name: string) => message([1, 4], [1, 3], [2, 1], [8, name])
  const value = (name: string) => message([1, name], [2, message([1, message([1, 1], [2, message([1, message([2, 'N'])], [1, message([1, 4])])])])])
  return message(
    [1, 8], [2, 'pytorch'], [3, '2.9'], [8, message([2, 17])],
    [7, message(
      [1, message([1, 'x'], [1, 'w'], [2, 'h'], [3, 'fc'], [4, 'Gemm'], [5, message([1, 'transB'], [3, 1], [20, 2])])],
      [1, message([1, 'h'], [2, 'y'], [4, 'Relu'])],
      [2, 'net'], [5, tensor('w')], [11, value('x')], [11, value('w')], [12, value('y')],
    )],
  )
}

it('an ONNX model is read into nodes, weights and the types of what goes in and out', () => {
  const model = parseOnnx(onnxExample())
  assert.deepEqual([model.producer, model.opsets, model.parameters, model.graph], ['pytorch 2.9', ['ai.onnx 17'], 12, 'net'])
  assert.deepEqual(model.inputs, [{ name: 'x', type: 'float32[N, 4]' }])
  assert.deepEqual(model.nodes.map(({ op, inputs }) => [op, inputs]), [['Gemm', ['x', 'w']], ['Relu', ['h']]])
  assert.deepEqual(model.nodes[0]!.attributes, [['transB', '1']])
  assert.deepEqual([...model.weights], [['w', 'float32[4, 3]']])
})

it('what is no ONNX model is refused with a reason, whatever the bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    try {
      parseOnnx(bytes)
    } catch (error) {
      assert.equal((error as Error).constructor.name, 'Unreadable')
    }
  }))
})
