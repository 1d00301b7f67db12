import { fieldLabel } from './columns.ts'
import { role, rolesOf, type Panel } from './panel.ts'
import { words } from './words.ts'

/** What a panel is called, from what it shows. */
export function panelTitle(panel: Panel): string {
  const named = (name: string): string => fieldLabel(role(panel, name) ?? '')
  const file = (role(panel, 'file') ?? '').split('/').at(-1)!
  const by = role(panel, 'by') === undefined ? '' : words.byOf(named('by'))
  switch (panel.kind) {
    case 'scatter': return words.titles.scatter(named('y'), named('x'))
    case 'contour': return words.titles.contour(named('z'), named('x'), named('y'))
    case 'parallel': return words.titles.parallel(rolesOf(panel, 'axis').map(fieldLabel).join(', '))
    case 'bar': return `${role(panel, 'y') === undefined ? words.runs : words.mean(named('y'))}${by}`
    case 'histogram': return words.titles.histogram(named('x'))
    case 'importance': return words.titles.importance(named('y'))
    case 'confusion': return words.titles.confusion(file)
    case 'roc': return words.titles.roc(file)
    case 'pr': return words.titles.pr(file)
    case 'images': return words.titles.images(role(panel, 'file') ?? role(panel, 'key') ?? '').trim()
    case 'table': return role(panel, 'file') ?? words.titles.table
    case 'text': return role(panel, 'text') === undefined ? role(panel, 'file') ?? words.titles.text : /^#*\s*(.{1,60})/.exec(role(panel, 'text')!)?.[1] ?? words.titles.text
    case 'box': return words.titles.box(named('y')) + by
    case 'violin': return words.titles.violin(named('y')) + by
  }
}
