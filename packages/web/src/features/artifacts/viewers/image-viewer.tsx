import { useState, type ReactNode } from 'react'
import { baseName } from '../shelf.ts'
import { viewerOf } from '../kinds.ts'
import { CompareSlider } from './compare-slider.tsx'
import { Problem } from './problem.tsx'
import type { ViewerProps } from './viewer.ts'

const steps = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16]

/** An image, fitted or at any scale, alone or under a slider with another of its folder. */
export function ImageViewer({ shelf, file, siblings }: ViewerProps): ReactNode {
  const [scale, setScale] = useState<number>()
  const [size, setSize] = useState<{ width: number; height: number }>()
  const [other, setOther] = useState('')
  const [failed, setFailed] = useState(false)
  const url = shelf.url(file.name)
  const images = siblings.filter(({ path, folder }) => !folder && path !== file.name && viewerOf(path) === 'image')
  if (failed) return <Problem error="The browser cannot show this image: it is damaged, or of a kind that it does not know." url={url} />
  const now = scale ?? 1
  const zoom = (to: number | undefined): void => setScale(to)
  const style = scale === undefined || size === undefined ? undefined : { width: size.width * scale, height: size.height * scale }
  return (
    <div className="image-viewer">
      <div className="viewer-bar">
        <button type="button" className="button" aria-pressed={scale === undefined} onClick={() => zoom(undefined)}>Fit</button>
        <button type="button" className="button" aria-label="Zoom out" disabled={scale !== undefined && now <= steps[0]!} onClick={() => zoom(steps.findLast((step) => step < now) ?? steps[0]!)}>−</button>
        <button type="button" className="button" aria-pressed={scale === 1} onClick={() => zoom(1)}>{scale === undefined ? '100 %' : `${Math.round(now * 100)} %`}</button>
        <button type="button" className="button" aria-label="Zoom in" disabled={now >= steps.at(-1)!} onClick={() => zoom(steps.find((step) => step > now) ?? steps.at(-1)!)}>+</button>
        {size !== undefined && <span className="soft">{size.width} × {size.height} px</span>}
        {images.length > 0 && (
          <label className="viewer-choice">Compare with{' '}
            <select className="field" value={other} onChange={(event) => setOther(event.target.value)}>
              <option value="">nothing</option>
              {images.map(({ path }) => <option key={path} value={path}>{baseName(path)}</option>)}
            </select>
          </label>
        )}
      </div>
      <div className="image-scroll" tabIndex={0} role="region" aria-label={`Image ${baseName(file.name)}`} data-fit={scale === undefined}>
        {other === ''
          ? <img src={url} alt={baseName(file.name)} style={style} data-large={now >= 4} onError={() => setFailed(true)} onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize({ width: naturalWidth, height: naturalHeight })} />
          : <CompareSlider left={{ url, label: baseName(file.name) }} right={{ url: shelf.url(other), label: baseName(other) }} style={style} />}
      </div>
    </div>
  )
}
