import { useState, type ReactNode } from 'react'
import { rollbackAlias, rollbackStage, type AuditEntry, type ModelVersion, type RegisteredModel } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { ChangeDialog } from './change-dialog.tsx'
import { reasonTag, sentence, undoable, versionBefore } from './history.ts'

const stages = ['Staging', 'Production', 'Archived', 'None'] as const

async function giveReason(name: string, version: string | undefined, reason: string): Promise<void> {
  if (version !== undefined && reason !== '') await client.models.setVersionTag(name, version, reasonTag, reason)
}

export interface PromoteProps {
  readonly model: RegisteredModel
  readonly version: ModelVersion
  readonly versions: readonly ModelVersion[]
  onDone(): void
  onClose(): void
}

/** Points an alias at a version, or moves it to a stage. */
export function Promote({ model, version, versions, onDone, onClose }: PromoteProps): ReactNode {
  const known = (model.aliases ?? []).map(({ alias }) => alias)
  const [kind, setKind] = useState<'alias' | 'stage'>('alias')
  // The one that most would move: the champion, or another that is elsewhere.
  const elsewhere = (model.aliases ?? []).filter((one) => one.version !== version.version).map((one) => one.alias)
  const [alias, setAlias] = useState(elsewhere.find((one) => one === 'champion') ?? elsewhere[0] ?? 'champion')
  const [stage, setStage] = useState<string>(version.current_stage === 'Production' ? 'Archived' : 'Production')
  const [archive, setArchive] = useState(true)
  const held = model.aliases?.find((one) => one.alias === alias)?.version
  const others = versions.filter((one) => one.current_stage === stage && one.version !== version.version)
  const archives = archive && (stage === 'Staging' || stage === 'Production')
  const effects = kind === 'alias'
    ? [held === undefined ? `“${alias}” is new, and will point at version ${version.version}.` : held === version.version ? `Nothing: “${alias}” points at version ${held} already.` : `“${alias}” moves from version ${held} to version ${version.version}. Whoever loads models:/${model.name}@${alias} gets version ${version.version} from then on.`]
    : [`Version ${version.version} moves from ${version.current_stage} to ${stage}.`, ...(archives ? others.map((one) => `Version ${one.version} moves from ${stage} to Archived.`) : [])]
  const act = async (reason: string): Promise<void> => {
    if (kind === 'alias') await client.models.setAlias(model.name, alias.trim(), version.version)
    else await client.models.transitionStage(model.name, version.version, stage, archives)
    await giveReason(model.name, version.version, reason)
    onDone()
  }
  return (
    <ChangeDialog title={`Promote version ${version.version} of ${model.name}`} action="Promote" effects={effects} onAct={act} onClose={onClose} disabled={kind === 'alias' ? alias.trim() === '' || held === version.version : stage === version.current_stage}>
      <div className="viewer-bar" role="group" aria-label="Promote by">
        <button type="button" className="button" aria-pressed={kind === 'alias'} onClick={() => setKind('alias')}>Alias</button>
        <button type="button" className="button" aria-pressed={kind === 'stage'} onClick={() => setKind('stage')}>Stage</button>
      </div>
      {kind === 'alias'
        ? <label className="dialog-label">Alias<input className="field" list="aliases" value={alias} onChange={(event) => setAlias(event.target.value)} /><datalist id="aliases">{known.map((one) => <option key={one} value={one} />)}</datalist></label>
        : (
          <>
            <label className="dialog-label">Stage<select className="field" value={stage} onChange={(event) => setStage(event.target.value)}>{stages.map((one) => <option key={one}>{one}</option>)}</select></label>
            {(stage === 'Staging' || stage === 'Production') && <label className="dialog-check"><input type="checkbox" checked={archive} onChange={(event) => setArchive(event.target.checked)} /> Archive other versions in {stage}</label>}
          </>
        )}
    </ChangeDialog>
  )
}

/** Takes one change of an alias or a stage back. */
export function RollBack({ name, entry, current, onDone, onClose }: { name: string; entry: AuditEntry; current: string | undefined; onDone(): void; onClose(): void }): ReactNode {
  const kind = undoable(entry)
  const before = versionBefore(entry)
  const effects = kind === 'alias'
    ? [before === undefined ? `“${entry.key}” is removed: it did not exist before.` : `“${entry.key}” moves${current === undefined ? '' : ` from version ${current}`} back to version ${before}.`]
    : [`Version ${entry.version} goes back to the stage that it had before: ${String((entry.before as { stage?: unknown } | undefined)?.stage ?? 'None')}.`, 'Versions that this change archived come back, unless somebody moved them since.']
  const act = async (reason: string): Promise<void> => {
    if (kind === 'alias') {
      const { version } = await client.call(rollbackAlias, { name, alias: entry.key!, entry_id: entry.entry_id })
      await giveReason(name, version ?? current, reason)
    } else {
      const { version } = await client.call(rollbackStage, { name, version: entry.version!, entry_id: entry.entry_id })
      await giveReason(name, version, reason)
    }
    onDone()
  }
  return <ChangeDialog title="Roll back" action="Roll back" effects={effects} onAct={act} onClose={onClose}><p className="soft">{entry.principal} {sentence(entry)}.</p></ChangeDialog>
}
