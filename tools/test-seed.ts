// Loaded before unit tests. In CI property tests try the same cases every time, so that a red run can
// be repeated and a green one is not luck; everywhere else each run tries others. CAIRN_SEED chooses.
import { enableCompileCache } from 'node:module'

// Each file of tests is a process of its own; what they all load is compiled once.
enableCompileCache(new URL('../node_modules/.cache/compiled', import.meta.url).pathname)

const seed = process.env['CAIRN_SEED'] ?? (process.env['CI'] ? '20261125' : undefined)
if (seed !== undefined) {
  // Not for those who need none: most files test no property, and loading it takes 80 ms of the processor.
  const { default: fc } = await import('fast-check')
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
}
