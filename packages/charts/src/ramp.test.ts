import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rampColor, rampText } from './ramp.ts'

const luminance = (channels: readonly number[]): number => {
  const [red, green, blue] = channels.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!
}

test('text stands 4.5:1 off every colour of the scale', () => {
  for (let part = 0; part <= 1; part += 0.001) {
    const ground = luminance(rampColor(part).match(/\d+/g)!.map(Number))
    const text = rampText(part) === '#ffffff' ? 1 : 0
    const contrast = (Math.max(ground, text) + 0.05) / (Math.min(ground, text) + 0.05)
    assert.ok(contrast >= 4.5, `${rampText(part)} on ${rampColor(part)}, ${part.toFixed(3)}: ${contrast.toFixed(2)}:1`)
  }
})
