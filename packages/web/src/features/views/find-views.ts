import type { View } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client } from '../../app/server.ts'
import { byWhom } from '../../app/who.ts'

const most = 6

/** Views whose name holds the text; "view best" finds those that "best" does. */
export async function findViews(text: string, signal: AbortSignal): Promise<{ readonly id: string; readonly kind: 'view'; readonly label: string; readonly href: string }[]> {
  const name = text.replace(/^views?(?:\s+|$)/i, '')
  if (text === '') return []
  const views: View[] = await client.views.list({ max_results: most, ...(name !== '' && { name }), ...byWhom() }, { signal })
  return views.map((view) => ({ id: `view ${view.name} ${view.view_id}`, kind: 'view', label: view.name, href: href.view(view.experiment_ids.join(','), view.view_id) }))
}
