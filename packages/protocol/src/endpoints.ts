import { artifactEndpoints } from './artifacts.ts'
import { auditEndpoints } from './audit.ts'
import { commentEndpoints } from './comments.ts'
import { datasetEndpoints } from './datasets.ts'
import { driftEndpoints } from './drift.ts'
import type { Endpoint } from './endpoint.ts'
import { experimentEndpoints } from './experiments.ts'
import { graphqlEndpoints } from './graphql.ts'
import { liveEndpoints } from './live.ts'
import { loggedModelEndpoints } from './logged-models.ts'
import { metricEndpoints } from './metrics.ts'
import { mirrorEndpoints } from './mirror.ts'
import { modelVersionEndpoints } from './model-versions.ts'
import { overviewEndpoints } from './overview.ts'
import { permissionEndpoints } from './permissions.ts'
import { presenceEndpoints } from './presence.ts'
import { profileEndpoints } from './profiles.ts'
import { quotaEndpoints } from './quotas.ts'
import { registeredModelEndpoints } from './registered-models.ts'
import { roleEndpoints } from './roles.ts'
import { runFieldEndpoints } from './run-fields.ts'
import { openRun } from './run-opening.ts'
import { runTableEndpoints } from './run-table.ts'
import { runEndpoints } from './runs.ts'
import { seriesEndpoints } from './series.ts'
import { serverEndpoints } from './server.ts'
import { servingEndpointEndpoints } from './serving-endpoints.ts'
import { signInEndpoints } from './sign-in.ts'
import { teamEndpoints } from './teams.ts'
import { tokenEndpoints } from './tokens.ts'
import { userEndpoints } from './users.ts'
import { viewEndpoints } from './views.ts'
import { webhookEndpoints } from './webhooks.ts'
import { workspaceEndpoints } from './workspaces.ts'

/** Every endpoint that is served, group by group. */
export const allEndpoints: readonly Endpoint[] = [
  ...experimentEndpoints, ...overviewEndpoints, ...runEndpoints, openRun, ...runTableEndpoints, ...runFieldEndpoints, ...datasetEndpoints, ...metricEndpoints, ...seriesEndpoints, ...artifactEndpoints,
  ...loggedModelEndpoints, ...registeredModelEndpoints, ...modelVersionEndpoints, ...webhookEndpoints, ...auditEndpoints, ...servingEndpointEndpoints, ...profileEndpoints, ...driftEndpoints, ...liveEndpoints,
  ...viewEndpoints,
  ...commentEndpoints,
  ...presenceEndpoints,
  ...userEndpoints, ...roleEndpoints, ...permissionEndpoints, ...teamEndpoints, ...tokenEndpoints, ...signInEndpoints, ...serverEndpoints, ...graphqlEndpoints,
  ...workspaceEndpoints,
  ...quotaEndpoints,
  ...mirrorEndpoints,
]
