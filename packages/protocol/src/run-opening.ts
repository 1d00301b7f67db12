import { endpoint } from './endpoint.ts'
import { Experiment } from './experiments.ts'
import { Run } from './runs.ts'
import { answer, Enum, List, message, Str } from './schema.ts'
import { SeriesSchema } from './series.ts'

/** The curves that a run's page draws first: of at most so many metrics, each in so many buckets. */
export const runOpening = { curves: 120, buckets: 800 } as const

/** What tells the machine's metrics, which have a page of their own, from a run's. */
export const isSystemMetric = (key: string): boolean => key.startsWith('system/')

export const openRun = endpoint({
  name: 'openRun', method: 'GET', api: 'cairn', path: '/runs/opening', group: 'runs',
  summary: 'What the page of a run begins with, in one answer: the run, its experiment, and its curves where they are no more than 120.',
  request: message({ run_id: Str }, {
    /** Whose curves: the run's own metrics (`own`, the default), those of its machine (`system`), or none. */
    curves: Enum(['own', 'system', 'none']),
    /** `binary` answers `application/octet-stream`: the length of the JSON (uint32, little-endian), the JSON without `series`, and what `decodeSeries` reads. Default `json`. */
    format: Enum(['json', 'binary']),
  }),
  response: answer({ run: Run, experiment: Experiment }, {
    /** In 800 buckets, values as float32 in the binary form; absent where there are more than 120, and where none were asked for. */
    series: List(SeriesSchema),
    /** The id of the last live event before this was read, after which a stream can go on. */
    position: Str,
  }),
})
