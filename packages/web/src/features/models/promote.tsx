import { useState, type ReactNode } from 'react'
import { rollbackAlias, rollbackStage, type AuditEntry, type ModelVersion, type RegisteredModel, type ServingEndpoint } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { ChangeDialog } from './change-dialog.tsx'
import { reasonTag, sentence, undoable, versionBefore } from './history.ts'
import { servedChanges } from './served-changes.ts'
import { words } from './words.ts'

const stages = ['Staging', 'Production', 'Archived', 'None'] as const

async function giveReason(name: string, version: string | undefined, reason: string): Promise<void> {
  if (version !== undefined && reason !== '') await client.models.setVersionTag(name, version, reasonTag, reason)
}

export interface PromoteProps {
  readonly model: RegisteredModel
  readonly version: ModelVersion
  readonly versions: readonly ModelVersion[]
  /** Those of the model: some may follow what is moved. */
  readonly endpoints: readonly ServingEndpoint[]
  onDone(): void
  onClose(): void
}

/** Points an alias at a version, or moves it to a stage. */
export function Promote({ model, version, versions, endpoints, onDone, onClose }: PromoteProps): ReactNode {
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
    ? [held === undefined ? words.isNewAndWillPoint(alias, version.version) : held === version.version ? words.nothingPointsAtVersionAlready(alias, held) : words.movesFromVersionToVersion(alias, held, version.version, model.name, alias, version.version), ...(held === version.version ? [] : servedChanges(endpoints, alias, version.version))]
    : [words.versionMovesFromTo(version.version, version.current_stage, stage), ...(archives ? others.map((one) => words.versionMovesFromToArchived(one.version, stage)) : [])]
  const act = async (reason: string): Promise<void> => {
    if (kind === 'alias') await client.models.setAlias(model.name, alias.trim(), version.version)
    else await client.models.transitionStage(model.name, version.version, stage, archives)
    await giveReason(model.name, version.version, reason)
    onDone()
  }
  return (
    <ChangeDialog title={words.promoteVersionOf(version.version, model.name)} action={words.promoteTitle} effects={effects} onAct={act} onClose={onClose} disabled={kind === 'alias' ? alias.trim() === '' || held === version.version : stage === version.current_stage}>
      <div className="viewer-bar" role="group" aria-label={words.promoteBy}>
        <button type="button" className="button" aria-pressed={kind === 'alias'} onClick={() => setKind('alias')}>{words.alias}</button>
        <button type="button" className="button" aria-pressed={kind === 'stage'} onClick={() => setKind('stage')}>{words.stage}</button>
      </div>
      {kind === 'alias'
        ? <label className="dialog-label">{words.alias}<input className="field" list="aliases" value={alias} onChange={(event) => setAlias(event.target.value)} /><datalist id="aliases">{known.map((one) => <option key={one} value={one} />)}</datalist></label>
        : (
          <>
            <label className="dialog-label">{words.stage}<select className="field" value={stage} onChange={(event) => setStage(event.target.value)}>{stages.map((one) => <option key={one}>{one}</option>)}</select></label>
            {(stage === 'Staging' || stage === 'Production') && <label className="dialog-check"><input type="checkbox" checked={archive} onChange={(event) => setArchive(event.target.checked)} /> {words.archiveOtherVersionsIn(stage)}</label>}
          </>
        )}
    </ChangeDialog>
  )
}

/** Takes one change of an alias or a stage back. */
export function RollBack({ name, entry, current, endpoints, onDone, onClose }: { name: string; entry: AuditEntry; current: string | undefined; endpoints: readonly ServingEndpoint[]; onDone(): void; onClose(): void }): ReactNode {
  const kind = undoable(entry)
  const before = versionBefore(entry)
  const effects = kind === 'alias'
    ? [before === undefined ? words.isRemovedItDidNot(entry.key) : words.movesBackToVersion(entry.key, current === undefined ? '' : words.fromVersion(current), before), ...servedChanges(endpoints, entry.key ?? '', before)]
    : [words.versionGoesBackToThe(entry.version, String((entry.before as { stage?: unknown } | undefined)?.stage ?? 'None')), words.versionsThatThisChangeArchived]
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
  return <ChangeDialog title={words.rollBackTitle} action={words.rollBackTitle} effects={effects} onAct={act} onClose={onClose}><p className="soft">{entry.principal} {sentence(entry)}.</p></ChangeDialog>
}
