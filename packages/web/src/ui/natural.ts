const isDigit = (code: number): boolean => code >= 48 && code <= 57

/**
 * Names in the order of their numbers: layer 2 before layer 10. By hand, for a browser's own comparison takes
 * a fifth of a second for twelve thousand names.
 */
export function byNumber(a: string, b: string): number {
  let [i, j] = [0, 0]
  while (i < a.length && j < b.length) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(j)]
    if (isDigit(x) && isDigit(y)) {
      let [from, to] = [i, j]
      while (a.charCodeAt(from) === 48) from += 1
      while (b.charCodeAt(to) === 48) to += 1
      let [endA, endB] = [from, to]
      while (isDigit(a.charCodeAt(endA))) endA += 1
      while (isDigit(b.charCodeAt(endB))) endB += 1
      if (endA - from !== endB - to) return endA - from - (endB - to)
      for (; from < endA; from += 1, to += 1) if (a.charCodeAt(from) !== b.charCodeAt(to)) return a.charCodeAt(from) - b.charCodeAt(to)
      ;[i, j] = [endA, endB]
    } else if (x !== y) return x - y
    else {
      i += 1
      j += 1
    }
  }
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0)
}
