import { useState, type ReactNode } from 'react'
import { usePlaceWord } from '../../app/address.ts'
import { Select } from '../../ui/field.tsx'
import { CompareSlider } from '../artifacts/viewers/compare-slider.tsx'
import { words } from './words.ts'

const imageModes = [['slider', words.slider], ['beside', words.sideBySide], ['difference', words.difference]] as const

type ImageMode = (typeof imageModes)[number][0]

/** Two images: under a slider, beside each other, or what differs, bright on black. */
export function CompareImages({ left, right }: { left: { url: string; label: string }; right: { url: string; label: string } }): ReactNode {
  const [said, setMode] = usePlaceWord('images')
  const mode = imageModes.find(([one]) => one === said)?.[0] ?? 'slider'
  const [failed, setFailed] = useState<readonly string[]>([])
  const fail = (label: string): void => setFailed((old) => (old.includes(label) ? old : [...old, label]))
  if (failed.length > 0) return <p className="error" role="alert">{words.noImageOf(failed.join(', '))}</p>
  return (
    <>
      <div className="bar compare-bar"><Select<ImageMode> label={words.images} value={mode} options={imageModes} onChange={setMode} /></div>
      {mode === 'slider' ? <CompareSlider left={left} right={right} onFail={fail} />
        : mode === 'beside' ? <div className="compare-beside">{[left, right].map(({ url, label }) => <figure key={label}><img src={url} alt={label} onError={() => fail(label)} /><figcaption>{label}</figcaption></figure>)}</div>
          : <div className="compare-difference" role="img" aria-label={words.whatDiffersBetweenAndEqual(left.label, right.label)}><img src={right.url} alt="" /><img src={left.url} alt="" /></div>}
    </>
  )
}
