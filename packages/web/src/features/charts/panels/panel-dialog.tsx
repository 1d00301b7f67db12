import { useMemo, useState, type ReactNode } from 'react'
import { fieldAttributes } from '@cairn/protocol'
import { Button } from '../../../ui/button.tsx'
import { Chip } from '../../../ui/chip.tsx'
import { Combobox } from '../../../ui/over.ts'
import { Dialog } from '../../../ui/over.ts'
import type { DrawnRun } from '../drawn-runs.ts'
import { finder } from '../charts-state.ts'
import type { Keys } from '../../runs/columns.ts'
import { fieldLabel, type FieldId } from './columns.ts'
import { kindSpecs, rolesOf, withRole, type Panel, type PanelKind, type RoleSpec } from './panel.ts'
import { FileRole } from './file-role.tsx'
import { words } from './words.ts'

export interface PanelDialogProps {
  readonly panel: Panel
  readonly keys: Keys
  /** Those that can be chosen. */
  readonly kinds: readonly PanelKind[]
  readonly isNew: boolean
  /** Those that are drawn: files of theirs can be named. */
  readonly runs: readonly DrawnRun[]
  onDone(panel: Panel): void
  onClose(): void
}

const mostOptions = 60

/** Which fields fit a role. Params may be numbers or words; who asks for numbers may still name one. */
function fieldsFor({ fields }: RoleSpec, { metrics, params, tags }: Keys): FieldId[] {
  const own = tags.filter(({ key }) => !key.startsWith('mlflow.')).map(({ key }) => `tags.${key}`)
  const all = [...metrics.map(({ key }) => `metrics.${key}`), ...params.map(({ key }) => `params.${key}`)]
  const attributes = fieldAttributes.map((key) => `attributes.${key}`)
  if (fields === 'numbers') return [...all, 'attributes.duration', 'attributes.start_time']
  return fields === 'groups' ? [...params.filter(({ varies }) => varies !== false).map(({ key }) => `params.${key}`), ...own, 'attributes.status', 'attributes.user_id', ...metrics.map(({ key }) => `metrics.${key}`)] : [...all, ...own, ...attributes]
}

/** What a panel shows and of which fields. */
export function PanelDialog({ panel: given, keys, kinds, runs, isNew, onDone, onClose }: PanelDialogProps): ReactNode {
  const [panel, setPanel] = useState(given)
  const spec = kindSpecs[panel.kind]
  const ready = spec.roles.every(({ role, needed }) => needed !== true || rolesOf(panel, role).length > 0)
  return (
    <Dialog title={isNew ? words.add : panelKindName(panel)} wide onClose={onClose}
      actions={<><Button onClick={onClose}>{words.cancel}</Button><Button kind="primary" disabled={!ready} onClick={() => onDone(panel)}>{isNew ? words.add : words.done}</Button></>}>
      <div className="panel-kinds" role="radiogroup" aria-label={words.kind}>
        {kinds.map((kind) => (
          <label key={kind} className="panel-kind"><input type="radio" name="panel-kind" value={kind} checked={panel.kind === kind} onChange={() => setPanel({ ...panel, kind })} /><span>{kindSpecs[kind].name}</span></label>
        ))}
      </div>
      <p className="soft">{spec.what}</p>
      {spec.roles.map((one) => (one.fields === 'files' || one.fields === 'words' || one.fields === 'text')
        ? <FileRole key={`${panel.kind} ${one.role}`} spec={one} value={rolesOf(panel, one.role)[0] ?? ''} runs={runs} onChange={(value) => setPanel(withRole(panel, one.role, value === '' ? [] : [value]))} />
        : <RoleField key={`${panel.kind} ${one.role}`} spec={one} values={rolesOf(panel, one.role)} keys={keys} onChange={(values) => setPanel(withRole(panel, one.role, values))} />)}
    </Dialog>
  )
}

const panelKindName = ({ kind }: Panel): string => kindSpecs[kind].name

function RoleField({ spec, values, keys, onChange }: { readonly spec: RoleSpec; readonly values: readonly string[]; readonly keys: Keys; onChange(values: readonly string[]): void }): ReactNode {
  const [text, setText] = useState('')
  const all = useMemo(() => fieldsFor(spec, keys), [spec, keys])
  const found = useMemo(() => all.filter((id) => !values.includes(id)).filter(finder(text)).slice(0, mostOptions), [all, values, text])
  const take = (id: string): void => {
    if (!all.includes(id)) return
    onChange(spec.several === true ? [...values, id] : [id])
    setText('')
  }
  return (
    <div className="role-field">
      <span className="role-name">{spec.label}{spec.needed === true ? '' : <span className="soft"> {words.optional}</span>}</span>
      <div className="role-values">
        {values.map((id) => <Chip key={id} name={kindOf(id)} value={fieldLabel(id)} onRemove={() => onChange(values.filter((one) => one !== id))} />)}
        {(spec.several === true || values.length === 0) && <Combobox label={spec.label} value={text} placeholder={words.findAMetricParamOr} options={found.map((id) => ({ value: id, label: fieldLabel(id), note: kindOf(id) }))} onChange={setText} onTake={take} />}
      </div>
    </div>
  )
}

const kindOf = (id: FieldId): string => id.slice(0, Math.max(0, id.indexOf('.') - 1))
