import type { Story } from '../story.ts'
import { artifacts } from './artifacts.ts'
import { edges } from './edges.ts'
import { experiments } from './experiments.ts'
import { graphql } from './graphql.ts'
import { later } from './later.ts'
import { loggedModels } from './logged-models.ts'
import { malformed } from './malformed.ts'
import { metrics } from './metrics.ts'
import { registry } from './registry.ts'
import { runs } from './runs.ts'
import { searchRuns } from './search-runs.ts'
import { webhooks } from './webhooks.ts'
import { wire } from './wire.ts'

export const corpus: readonly Story[] = [
  ...experiments, ...runs, ...metrics, ...searchRuns, ...loggedModels, ...registry, ...webhooks, ...artifacts, ...graphql, ...wire, ...edges, ...later, ...malformed,
]
