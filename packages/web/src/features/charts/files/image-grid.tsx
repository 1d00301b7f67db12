import { useMemo, useState, type ReactNode } from 'react'
import { client } from '../../../app/server.ts'
import { runShelf } from '../../artifacts/shelf.ts'
import type { DrawnRun } from '../drawn-runs.ts'
import { role, withRole, type Panel } from '../panels/panel.ts'
import { imageAt, imagesOf } from './logged-images.ts'
import { useImagePaths } from './read-files.ts'
import { words } from './words.ts'

/** Runs whose images stand beside each other. */
const mostRuns = 24

/** Images of the drawn runs beside each other, at one step of all; or one file of each. */
export function ImageGrid({ panel, runs: all, onChange }: { readonly panel: Panel; readonly runs: readonly DrawnRun[]; onChange(panel: Panel): void }): ReactNode {
  const runs = all.slice(0, mostRuns)
  const file = role(panel, 'file')
  const listed = useImagePaths(file === undefined ? runs : [])
  const state = listed.map(({ run, value }) => `${run.id} ${value?.length ?? ''}`).join('\n')
  const images = useMemo(() => new Map(listed.map(({ run, value }) => [run.id, imagesOf(value ?? [])])), [state])
  const keys = useMemo(() => [...new Set([...images.values()].flatMap((of) => [...of.keys()]))].sort(), [images])
  const key = role(panel, 'key') ?? keys[0] ?? ''
  const steps = useMemo(() => [...new Set([...images.values()].flatMap((of) => (of.get(key) ?? []).map(({ step }) => step)))].sort((a, b) => a - b), [images, key])
  // Who has not chosen, or stands at the last, sees the newest, also when newer ones come.
  const chosen = role(panel, 'step')
  const at = chosen === undefined ? steps.length - 1 : Math.max(0, steps.findLastIndex((step) => step <= Number(chosen)))
  const choose = (place: number): void => onChange(withRole(panel, 'step', place === steps.length - 1 ? [] : [String(steps[place])]))
  if (runs.length === 0) return <p className="soft file-said">{words.noRuns}</p>
  if (file === undefined && keys.length === 0) return <p className="soft file-said">{listed.every(({ value, error }) => value !== undefined || error !== undefined) ? words.noImages : words.loading}</p>
  const step = steps[at] ?? 0
  return (
    <div className="image-panel">
      {file === undefined && (
        <div className="image-tools">
          {keys.length > 1 && <label className="choice">{words.key} <select value={key} onChange={(event) => onChange(withRole(panel, 'key', [event.target.value]))}>{keys.map((one) => <option key={one} value={one}>{one}</option>)}</select></label>}
          {steps.length > 1 && <label className="choice image-step">{words.step} <input type="range" min={0} max={steps.length - 1} value={at} aria-valuetext={`${words.step} ${step}`} onChange={(event) => choose(Number(event.target.value))} /> <output>{step}</output></label>}
        </div>
      )}
      <ul className="image-grid scroll" tabIndex={0} aria-label={words.ofRuns(file ?? key, runs.length)}>
        {runs.map((run) => {
          const shelf = runShelf(client, run.id)
          const image = file === undefined ? imageAt(images.get(run.id)?.get(key) ?? [], step) : { path: file, full: file, step: undefined }
          return (
            <li key={run.id}>
              {image === undefined ? <span className="image-none">{words.noImage}</span>
                : <Picture key={image.path} href={shelf.url(image.full)} src={shelf.url(image.path)} alt={words.ofFileNameStep(file ?? key, run.name, image.step === undefined ? '' : words.stepOfStep(image.step))} step={image.step} />}
              <span className="image-name" title={run.name}>{run.name}{image?.step !== undefined && image.step !== step ? words.stepLower(image.step) : ''}</span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

interface PictureProps {
  readonly href: string
  readonly src: string
  readonly alt: string
  readonly step: number | undefined
}

/** An image, and the way to it as it is; not every run has each file. */
function Picture({ href, src, alt, step }: PictureProps): ReactNode {
  const [gone, setGone] = useState(false)
  return gone ? <span className="image-none">{words.noSuchImage}</span> : <a href={href} data-plain="" target="_blank" rel="noreferrer"><img src={src} alt={alt} loading="lazy" data-step={step} onError={() => setGone(true)} /></a>
}
