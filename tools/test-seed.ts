// Loaded before unit tests. In CI property tests try the same cases every time, so that a red run can
// be repeated and a green one is not luck; everywhere else each run tries others. CAIRN_SEED chooses.
import fc from 'fast-check'

const seed = process.env['CAIRN_SEED'] ?? (process.env['CI'] ? '20261125' : undefined)
if (seed !== undefined) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) })
