export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
  /** From 1; absent on the side that lacks the line. */
  readonly left?: number
  readonly right?: number
}

/**
 * The shortest way from one list of lines to another (Myers 1986, "An O(ND) Difference Algorithm"),
 * after what both begin and end with. Undefined when they differ in more than `most` lines: then
 * nobody reads the difference, and computing it takes the square of it.
 */
export function diffLines(left: readonly string[], right: readonly string[], most = 2000): DiffLine[] | undefined {
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1
  let leftEnd = left.length
  let rightEnd = right.length
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd -= 1
    rightEnd -= 1
  }
  const path = shortest(left.slice(start, leftEnd), right.slice(start, rightEnd), most)
  if (path === undefined) return undefined
  const lines: DiffLine[] = []
  let at = 0
  let other = 0
  const same = (): void => {
    lines.push({ kind: 'same', text: left[at]!, left: at += 1, right: other += 1 })
  }
  while (at < start) same()
  for (const step of path) {
    if (step === 'same') same()
    else if (step === 'removed') lines.push({ kind: 'removed', text: left[at]!, left: at += 1 })
    else lines.push({ kind: 'added', text: right[other]!, right: other += 1 })
  }
  while (at < left.length) same()
  return lines
}

function shortest(a: readonly string[], b: readonly string[], most: number): DiffLine['kind'][] | undefined {
  const limit = Math.min(a.length + b.length, most)
  let ends = new Map<number, number>([[1, 0]])
  const trace: ReadonlyMap<number, number>[] = []
  for (let depth = 0; depth <= limit; depth += 1) {
    const now = new Map<number, number>()
    for (let k = -depth; k <= depth; k += 2) {
      let x = k === -depth || (k !== depth && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1)) ? ends.get(k + 1) ?? 0 : (ends.get(k - 1) ?? 0) + 1
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      now.set(k, x)
      if (x >= a.length && x - k >= b.length) return steps([...trace, ends], a.length, b.length)
    }
    trace.push(ends)
    ends = now
  }
  return undefined
}

/** Back from the end through what each depth had reached. */
function steps(trace: readonly ReadonlyMap<number, number>[], width: number, height: number): DiffLine['kind'][] {
  const found: DiffLine['kind'][] = []
  let x = width
  let y = height
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const ends = trace[depth]!
    const k = x - y
    const before = k === -depth || (k !== depth && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1)) ? k + 1 : k - 1
    const fromX = depth === 0 ? 0 : ends.get(before) ?? 0
    const fromY = depth === 0 ? 0 : fromX - before
    while (x > fromX && y > fromY) {
      found.push('same')
      x -= 1
      y -= 1
    }
    if (depth === 0) break
    found.push(x === fromX ? 'added' : 'removed')
    x = fromX
    y = fromY
  }
  return found.reverse()
}
