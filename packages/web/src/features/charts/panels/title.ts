import { fieldLabel } from './columns.ts'
import { role, rolesOf, type Panel } from './panel.ts'
import { words } from './words.ts'

/** What a panel is called, from what it shows. */
export function panelTitle(panel: Panel): string {
  const named = (name: string): string => fieldLabel(role(panel, name) ?? '')
  const file = (role(panel, 'file') ?? '').split('/').at(-1)!
  const by = role(panel, 'by') === undefined ? '' : ` by ${named('by')}`
  switch (panel.kind) {
    case 'scatter': return `${named('y')} by ${named('x')}`
    case 'contour': return `${named('z')} over ${named('x')} and ${named('y')}`
    case 'parallel': return `Parallel: ${rolesOf(panel, 'axis').map(fieldLabel).join(', ')}`
    case 'bar': return `${role(panel, 'y') === undefined ? words.runs : words.mean(named('y'))}${by}`
    case 'histogram': return `Histogram of ${named('x')}`
    case 'importance': return `Importance for ${named('y')}`
    case 'confusion': return `Confusion matrix, ${file}`
    case 'roc': return `ROC, ${file}`
    case 'pr': return `Precision–recall, ${file}`
    case 'images': return `Images ${role(panel, 'file') ?? role(panel, 'key') ?? ''}`.trim()
    case 'table': return role(panel, 'file') ?? 'Table'
    case 'text': return role(panel, 'text') === undefined ? role(panel, 'file') ?? 'Text' : /^#*\s*(.{1,60})/.exec(role(panel, 'text')!)?.[1] ?? 'Text'
    case 'box': return `Boxes of ${named('y')}${by}`
    case 'violin': return `Violins of ${named('y')}${by}`
  }
}
