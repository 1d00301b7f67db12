import { getMirror } from '@cairn/protocol'
import type { Database } from '../platform/db/index.ts'
import { route, type Route } from '../platform/http/index.ts'
import type { MirrorState } from './mirror.ts'
import { readState } from './operations.ts'

/** `url`: where everything goes; undefined without a mirror. */
export const mirrorRoutes = ({ db, url }: { readonly db: Database; readonly url: string | undefined }): Route[] => [
  route(getMirror, async () => {
    if (url === undefined) return { enabled: false }
    const { target, state, files, refused, problems } = await db.read(readState, null)
    // Another server of this database may be told to mirror elsewhere, or was before.
    const { in_step_time, sent_time, away }: MirrorState = target?.startsWith(`${url} `) === true ? JSON.parse(state ?? '{}') as MirrorState : {}
    return {
      enabled: true, url, files_waiting: files, refused, problems: problems.map(({ kind, here, problem }) => ({ kind, id: here, problem })),
      ...(in_step_time !== undefined && { in_step_time }), ...(sent_time !== undefined && { sent_time }),
      ...(away !== undefined && { away_since: away.since, away_because: away.why }),
    }
  }),
]
