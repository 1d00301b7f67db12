import type { ReactNode } from 'react'
import { Swatch } from '../../ui/palette.tsx'
import type { DrawnGroup } from './drawn-runs.ts'
import { words } from './words.ts'

/** Of more groups than that one looks at the lines. */
const most = 30

/** What the lines of groups stand for: they have colours of their own. */
export const GroupsLegend = ({ groups }: { groups: readonly DrawnGroup[] }): ReactNode => (
  <ul className="groups-legend" aria-label={words.groups}>
    {groups.slice(0, most).map(({ id, name, look }) => <li key={id}><Swatch look={look} /><span>{name}</span></li>)}
    {groups.length > most && <li className="soft">{words.moreGroups(groups.length - most)}</li>}
  </ul>
)
