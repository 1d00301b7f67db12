import { usualColumns, type Keys } from '../../runs/columns.ts'
import type { Panel } from './panel.ts'

/** Panels that say something about these runs, from the fields that tell them apart. */
export function proposals(keys: Keys): Omit<Panel, 'id'>[] {
  const columns = usualColumns(keys)
  const metrics = columns.filter(({ kind }) => kind === 'metric').map(({ key }) => `metrics.${key}`)
  const params = columns.filter(({ kind }) => kind === 'param').map(({ key }) => `params.${key}`)
  const [metric, second] = metrics
  const [param, other] = params
  if (metric === undefined) return []
  const all: (Omit<Panel, 'id'> | undefined)[] = [
    params.length === 0 ? undefined : { kind: 'parallel', roles: [...[...params.slice(0, 4), metric].map((id) => ['axis', id] as const), ['color', metric]] },
    params.length === 0 ? undefined : { kind: 'importance', roles: [['y', metric]] },
    second === undefined ? (param === undefined ? undefined : { kind: 'scatter', roles: [['x', param], ['y', metric]] }) : { kind: 'scatter', roles: [['x', second], ['y', metric], ...(param === undefined ? [] : [['color', param] as const])] },
    { kind: 'histogram', roles: [['x', metric]] },
    param === undefined ? undefined : { kind: 'box', roles: [['y', metric], ['by', param]] },
    param === undefined || other === undefined ? undefined : { kind: 'contour', roles: [['x', param], ['y', other], ['z', metric]] },
  ]
  return all.filter((one) => one !== undefined)
}
