import type { ReactNode } from 'react'
import { serverUrl } from '../../../app/server.ts'
import { parseMlModel } from '../decode/mlmodel.ts'
import { readWhole } from '../decode/table.ts'
import { folderOf } from '../shelf.ts'
import { useAsync } from '../use-async.ts'
import { Facts, Signature, Snippets } from './model-parts.tsx'
import { Problem, Waiting } from './problem.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

/** A model's description: what goes in and out, and what to type to use it. */
export function MlModelViewer({ shelf, file }: ViewerProps): ReactNode {
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, async () => parseMlModel(new TextDecoder().decode(await readWhole(file, 4 * 2 ** 20))))
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (value === undefined) return <Waiting />
  const uri = value.modelId !== undefined ? `models:/${value.modelId}` : shelf.modelUri(folderOf(file.name))
  return (
    <div className="viewer-page" tabIndex={0} role="region" aria-label={words.model}>
      <h3>{words.signature}</h3>
      <Signature model={value} />
      <h3>{words.useIt}</h3>
      <Snippets uri={uri} serverUrl={serverUrl} inputs={value.inputs} />
      <h3>{words.about}</h3>
      <Facts rows={value.facts} />
      {value.flavors.map(([name, facts]) => <div key={name}><h3>{words.flavor} <code>{name}</code></h3><Facts rows={facts} /></div>)}
    </div>
  )
}
