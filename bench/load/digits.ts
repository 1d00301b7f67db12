/** Writes `number` in place as decimal digits that end before `end`. */
export function writeDigits(into: Buffer, end: number, digits: number, number: number): void {
  for (let i = end - 1, left = number; i >= end - digits; i--) {
    into[i] = 48 + left % 10
    left = Math.floor(left / 10)
  }
}
