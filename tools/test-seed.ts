// Loaded before unit tests. In CI property tests try the same cases every time, so that a red run can
// be repeated and a green one is not luck; everywhere else each run tries others. CAIRN_SEED chooses.
import { enableCompileCache } from 'node:module'
import fc from 'fast-check'

// Each file of tests is a process of its own; what they all load is compiled once.
enableCompileCache(new URL('../node_modules/.cache/compiled', import.meta.url).pathname)

const seed = process.env['CAIRN_SEED'] ?? (process.env['CI'] ? '20261125' : undefined)
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
