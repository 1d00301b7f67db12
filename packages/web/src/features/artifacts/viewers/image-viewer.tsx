import { useRef, useState, type ReactNode } from 'react'
import { baseName } from '../shelf.ts'
import { viewerOf } from '../kinds.ts'
import { CompareSlider } from './compare-slider.tsx'
import { Problem } from './problem.tsx'
import { useImageHands, type ImageHands } from './use-image-hands.ts'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

const steps = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16]

/** An image, fitted or at any scale, alone or under a slider with another of its folder. */
export function ImageViewer({ shelf, file, siblings }: ViewerProps): ReactNode {
  const [scale, setScale] = useState<number>()
  const [size, setSize] = useState<{ width: number; height: number }>()
  const [other, setOther] = useState('')
  const [failed, setFailed] = useState(false)
  const url = shelf.url(file.name)
  const images = siblings.filter(({ path, folder }) => !folder && path !== file.name && viewerOf(path) === 'image')
  const frame = useRef<HTMLDivElement>(null)
  const hands = useRef<ImageHands>({ zoomBy: () => {}, toggle: () => {} })
  useImageHands(frame, hands)
  if (failed) return <Problem error={words.noImage} url={url} />
  const now = scale ?? 1
  const zoom = (to: number | undefined): void => setScale(to)
  const nearer = (): void => zoom(steps.find((step) => step > now) ?? steps.at(-1)!)
  const farther = (): void => zoom(steps.findLast((step) => step < now) ?? steps[0]!)
  hands.current = { zoomBy: (by) => (by > 0 ? nearer() : farther()), toggle: () => zoom(scale === undefined ? 1 : undefined) }
  const style = scale === undefined || size === undefined ? undefined : { width: size.width * scale, height: size.height * scale }
  return (
    <div className="image-viewer">
      <div className="viewer-bar">
        <button type="button" className="button" aria-pressed={scale === undefined} onClick={() => zoom(undefined)}>{words.fit}</button>
        <button type="button" className="button" aria-label={words.zoomOut} disabled={scale !== undefined && now <= steps[0]!} onClick={farther}>−</button>
        <button type="button" className="button" aria-pressed={scale === 1} onClick={() => zoom(1)}>{scale === undefined ? '100 %' : `${Math.round(now * 100)} %`}</button>
        <button type="button" className="button" aria-label={words.zoomIn} disabled={now >= steps.at(-1)!} onClick={nearer}>+</button>
        {size !== undefined && <span className="soft">{words.px(size.width, size.height)}</span>}
        {images.length > 0 && (
          <label className="viewer-choice">{words.compareWith}
            <select className="field" value={other} onChange={(event) => setOther(event.target.value)}>
              <option value="">{words.nothing}</option>
              {images.map(({ path }) => <option key={path} value={path}>{baseName(path)}</option>)}
            </select>
          </label>
        )}
      </div>
      <div ref={frame} className="image-scroll" tabIndex={0} title={words.imageHands} role="region" aria-label={words.image(baseName(file.name))} data-fit={scale === undefined}>
        {other === ''
          ? <img src={url} alt={baseName(file.name)} style={style} data-large={now >= 4} onError={() => setFailed(true)} onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize({ width: naturalWidth, height: naturalHeight })} />
          : <CompareSlider left={{ url, label: baseName(file.name) }} right={{ url: shelf.url(other), label: baseName(other) }} style={style} />}
      </div>
    </div>
  )
}
