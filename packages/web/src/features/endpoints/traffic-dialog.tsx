import { useState, type ReactNode } from 'react'
import type { ServingEndpoint, TrafficTarget } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { IconButton } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { ChangeDialog } from '../models/change-dialog.tsx'
import { changesOf, rebalanced, trafficText } from './endpoint-state.ts'
import type { ModelTargets } from './use-targets.ts'
import { words } from './words.ts'

export interface DialogProps {
  readonly endpoint: ServingEndpoint
  readonly targets: ModelTargets
  onDone(): void
  onClose(): void
}

interface Part {
  /** `@alias` or a version. */
  readonly key: string
  readonly weight: number
}

const keyOf = ({ alias, version }: { alias?: string | undefined; version?: string | undefined }): string => (alias === undefined ? version ?? '' : `@${alias}`)
export const targetOf = (key: string): { alias: string } | { version: string } => (key.startsWith('@') ? { alias: key.slice(1) } : { version: key })

/** Who gets how much, by sliders; what will change is said before it does. */
export function TrafficDialog({ endpoint, targets, onDone, onClose }: DialogProps): ReactNode {
  // A change that somebody else makes meanwhile is not overwritten unseen.
  const [revision] = useState(endpoint.revision)
  const [before] = useState(endpoint)
  const [parts, setParts] = useState<readonly Part[]>(() => endpoint.traffic.map((target) => ({ key: keyOf(target), weight: target.weight })))
  const options = targets.options.map(({ key, label }) => [key, label] as const)
  const move = (at: number, to: number): void => {
    const weights = rebalanced(parts.map(({ weight }) => weight), at, Math.min(100, Math.max(0, to)))
    setParts(parts.map((part, index) => ({ ...part, weight: weights[index]! })))
  }
  const add = (): void => {
    const free = targets.options.find(({ key }) => !parts.some((part) => part.key === key))
    if (free !== undefined) setParts([...parts, { key: free.key, weight: 0 }])
  }
  const remove = (at: number): void => {
    const rest = parts.filter((_, index) => index !== at)
    const weights = rebalanced(rest.map(({ weight }) => weight), 0, rest.length === 1 ? 100 : Math.min(100, rest[0]!.weight + parts[at]!.weight))
    setParts(rest.map((part, index) => ({ ...part, weight: weights[index]! })))
  }
  const after: TrafficTarget[] = parts.map(({ key, weight }) => ({ ...targetOf(key), weight }))
  const twice = new Set(parts.map(({ key }) => key)).size < parts.length
  const moves = changesOf(before.traffic, after, before.load?.requests_per_second ?? 0)
  const effects = twice ? [words.nothingYetTheSameVersion] : [
    ...(moves.length === 0 ? [words.nothingThisIsWhatIt] : moves),
    ...(before.rollout === undefined || moves.length === 0 ? [] : [words.theRolloutOfVersionEndsOfVersion(before.rollout.version)]),
    ...(moves.length === 0 ? [] : [words.newVersionsAreMadeReady]),
  ]
  const act = async (reason: string): Promise<void> => {
    await client.endpoints.setTraffic({ name: before.name, traffic: after, reason, revision })
    onDone()
  }
  return (
    <ChangeDialog title={words.setTheTrafficOf(before.name)} action={words.setTrafficTitle} effects={effects} onAct={act} onClose={onClose} disabled={twice || moves.length === 0}>
      <p className="soft">{words.nowOfTraffic(trafficText(before.traffic))}</p>
      <ul className="weights">
        {parts.map(({ key, weight }, at) => {
          const name = targets.options.find((option) => option.key === key)?.label ?? key
          return (
            <li key={at}>
              <Select label={words.versionOfVersion(at + 1)} showLabel={false} value={key} options={options.some(([option]) => option === key) ? options : [[key, key], ...options]} onChange={(next) => setParts(parts.map((part, index) => (index === at ? { ...part, key: next } : part)))} />
              <input type="range" min={0} max={100} step={1} value={weight} aria-label={words.percentOf(name)} aria-valuetext={`${weight} %`} onChange={(event) => move(at, Number(event.target.value))} />
              <span className="weight-number"><input type="number" className="field" min={0} max={100} value={weight} aria-label={words.percentOfAsANumber(name)} onChange={(event) => move(at, Math.round(Number(event.target.value)))} /> %</span>
              {parts.length > 1 && <IconButton icon="close" label={words.takeOut(name)} onClick={() => remove(at)} />}
            </li>
          )
        })}
      </ul>
      {parts.length < targets.options.length && <button type="button" className="link" onClick={add}>{words.addAVersion}</button>}
    </ChangeDialog>
  )
}
