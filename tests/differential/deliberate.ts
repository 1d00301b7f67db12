import { artifactDifferences } from './deliberate/artifacts.ts'
import type { Difference } from './deliberate/difference.ts'
import { registryDifferences } from './deliberate/registry.ts'
import { trackingDifferences } from './deliberate/tracking.ts'
import { wireDifferences } from './deliberate/wire.ts'

/** The one table of differences that are meant; see `deliberate/difference.ts`. The first row that explains one counts. */
export const deliberate: readonly Difference[] = [...trackingDifferences, ...registryDifferences, ...artifactDifferences, ...wireDifferences]
