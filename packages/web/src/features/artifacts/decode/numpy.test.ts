import assert from 'node:assert/strict'
import { it } from 'node:test'
import { openNumpy, parseNpy, summarise } from './npy.ts'
import { bytesSource } from './table.ts'
import { zipStored } from './testing.ts'

function npy(descr: string, shape: string, data: Uint8Array, fortran = 'False'): Uint8Array<ArrayBuffer> {
  const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`.padEnd(117) + '\n'
  return new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8, ...new TextEncoder().encode(header), ...data])
}

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float64Array.from(values).buffer)

it('an array is read with its type and shape, in either order of its axes', () => {
  const c = parseNpy('a', npy('<f8', '(2, 3)', floats(1, 2, 3, 4, 5, 6)))
  assert.deepEqual([c.dtype, c.shape, c.at(4)], ['float64', [2, 3], 5])
  const fortran = parseNpy('a', npy('<f8', '(2, 3)', floats(1, 4, 2, 5, 3, 6), 'True'))
  assert.deepEqual(Array.from({ length: 6 }, (_, index) => fortran.at(index)), [1, 2, 3, 4, 5, 6])
})

it('a summary counts what is not finite apart', () => {
  const summary = summarise(parseNpy('a', npy('<f8', '(4,)', floats(1, 3, NaN, Infinity))))
  assert.deepEqual(summary, { min: 1, max: 3, mean: 2, std: 1, nan: 1, infinite: 1 })
})

it('pickled objects are refused, and so is an array that was cut short', () => {
  assert.throws(() => parseNpy('a', npy('|O', '(1,)', new Uint8Array(8))), /pickled Python objects/)
  assert.throws(() => parseNpy('a', npy('<f8', '(9,)', floats(1))), /it was cut/)
  assert.throws(() => parseNpy('a', new Uint8Array(20)), /no NumPy array/)
})

it('the arrays of an archive are listed without reading them', async () => {
  const archive = zipStored({ 'weights.npy': npy('<f8', '(1,)', floats(7)), 'bias.npy': npy('<i4', '(1,)', new Uint8Array([5, 0, 0, 0])) })
  const arrays = await openNumpy(bytesSource('a.npz', archive))
  assert.deepEqual(arrays.map(({ name }) => name), ['weights', 'bias'])
  assert.equal((await arrays[1]!.read()).at(0), 5)
})

it('dates are dates, and what is none says so', () => {
  const counts = (...values: bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(values).buffer)
  const times = (descr: string, ...values: bigint[]): unknown[] => { const array = parseNpy('a', npy(descr, `(${values.length},)`, counts(...values))); return values.map((_, at) => array.at(at)) }
  assert.deepEqual(times('<M8[ns]', 1700000000123456789n, -(2n ** 63n)), ['2023-11-14 22:13:20.123456789', 'NaT'])
  assert.deepEqual(times('<M8[D]', 20_455n, -1n), ['2026-01-02', '1969-12-31'])
  assert.deepEqual([...times('<M8[M]', -1n), ...times('<M8[Y]', 56n), ...times('<M8[25s]', 2n), ...times('<m8[h]', 3n)], ['1969-12', '2026', '1970-01-01 00:00:50', '3 h'])
})

it('fields of a structured type are read by their names, and what stands between them is not', () => {
  const header = "{'descr': [('id', '<i4'), ('', '|V4'), ('x', '<f8'), ('s', '<U2')], 'fortran_order': False, 'shape': (2,), }".padEnd(150) + '\n'
  const data = new DataView(new ArrayBuffer(48))
  for (const [at, id, x, code] of [[0, 7, 2.5, 0x4b], [24, -1, 0.1, 0xf6]] as const) {
    data.setInt32(at, id, true)
    data.setFloat64(at + 8, x, true)
    data.setUint32(at + 16, code, true)
  }
  const array = parseNpy('r', new Uint8Array([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length & 255, header.length >> 8, ...new TextEncoder().encode(header), ...new Uint8Array(data.buffer)]))
  assert.deepEqual(array.fields!.map(({ name, numeric, at }) => [name, numeric, at(0), at(1)]), [['id', true, 7, -1], ['x', true, 2.5, 0.1], ['s', false, 'K', 'ö']])
  assert.equal(array.dtype, 'id: int32, x: float64, s: str, 2 characters')
})
