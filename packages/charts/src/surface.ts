/** A surface over two axes: a value at each crossing of a grid. Axes go from 0 to 1. */
export interface Surface {
  readonly columns: number
  readonly rows: number
  /** By row from the bottom, then column. */
  readonly values: Float64Array
}

export interface SurfacePoint {
  readonly x: number
  readonly y: number
  readonly z: number
}

/** Points further away than this many times the nearest have no say. */
const neighbours = 12

/**
 * A surface through scattered points by inverse distance weights (Shepard 1968, "A two-dimensional
 * interpolation function for irregularly-spaced data", weight 1/d²) of the nearest twelve.
 */
export function surfaceOf(points: readonly SurfacePoint[], columns = 48, rows = 36): Surface {
  const values = new Float64Array(columns * rows)
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) values[row * columns + column] = heightAt(points, column / (columns - 1), row / (rows - 1))
  }
  return { columns, rows, values }
}

export function heightAt(points: readonly SurfacePoint[], x: number, y: number): number {
  const near: { distance: number; z: number }[] = []
  for (const point of points) {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2
    if (near.length === neighbours && distance >= near.at(-1)!.distance) continue
    let at = near.length
    while (at > 0 && near[at - 1]!.distance > distance) at -= 1
    near.splice(at, 0, { distance, z: point.z })
    if (near.length > neighbours) near.pop()
  }
  if (near.length === 0) return NaN
  if (near[0]!.distance < 1e-12) {
    const same = near.filter(({ distance }) => distance < 1e-12)
    return same.reduce((sum, { z }) => sum + z, 0) / same.length
  }
  let weight = 0
  let sum = 0
  for (const { distance, z } of near) {
    weight += 1 / distance
    sum += z / distance
  }
  return sum / weight
}

export type Segment = readonly [ax: number, ay: number, bx: number, by: number]

/**
 * The line along which a surface has a level, in pieces from 0 to 1 (marching squares; Lorensen and
 * Cline 1987 in two dimensions). Saddles are cut by the mean of their corners.
 */
export function contourAt({ columns, rows, values }: Surface, level: number): Segment[] {
  const segments: Segment[] = []
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const [a, b, c, d] = [values[row * columns + column]!, values[row * columns + column + 1]!, values[(row + 1) * columns + column + 1]!, values[(row + 1) * columns + column]!]
      const code = (a > level ? 1 : 0) | (b > level ? 2 : 0) | (c > level ? 4 : 0) | (d > level ? 8 : 0)
      if (code === 0 || code === 15) continue
      const across = (from: number, to: number): number => (level - from) / (to - from)
      const place = (x: number, y: number): [number, number] => [(column + x) / (columns - 1), (row + y) / (rows - 1)]
      const bottom = (): [number, number] => place(across(a, b), 0)
      const right = (): [number, number] => place(1, across(b, c))
      const top = (): [number, number] => place(across(d, c), 1)
      const left = (): [number, number] => place(0, across(a, d))
      const add = (from: [number, number], to: [number, number]): void => void segments.push([...from, ...to])
      const middle = (a + b + c + d) / 4 > level
      switch (code) {
        case 1: case 14: add(left(), bottom()); break
        case 2: case 13: add(bottom(), right()); break
        case 3: case 12: add(left(), right()); break
        case 4: case 11: add(right(), top()); break
        case 6: case 9: add(bottom(), top()); break
        case 7: case 8: add(left(), top()); break
        default: {
          const same = (code === 5) === middle
          add(left(), same ? top() : bottom())
          add(right(), same ? bottom() : top())
        }
      }
    }
  }
  return segments
}
