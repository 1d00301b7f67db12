import type { ReactNode } from 'react'
import { usePlaceWord } from '../../../app/address.ts'
import { encodings, knownEncoding, type Encoding } from '../decode/text.ts'
import { words } from '../words.ts'

/** The encoding that the address names, for files that do not say their own. */
export function useEncoding(): [encoding: Encoding | undefined, choose: (encoding: Encoding) => void] {
  const [said, say] = usePlaceWord('encoding')
  return [knownEncoding(said), say]
}

/** How a text was read, where that is a guess: whoever knows better says so. */
export const EncodingChoice = ({ encoding, onChange }: { encoding: Encoding; onChange(encoding: Encoding): void }): ReactNode => (
  <div className="viewer-bar"><label className="viewer-encoding">{words.encoding} <select className="field" value={encoding} onChange={(event) => onChange(event.target.value as Encoding)}>{encodings.map((one) => <option key={one}>{one}</option>)}</select></label><span className="soft">{words.thisFileDoesNotSayIts}</span></div>
)
