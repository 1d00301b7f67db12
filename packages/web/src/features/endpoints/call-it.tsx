import { useMemo, useState, type ReactNode } from 'react'
import type { ServingEndpoint } from '@cairn/protocol'
import { client, useLoaded } from '../../app/server.ts'
import { Select } from '../../ui/field.tsx'
import { parseMlModel } from '../artifacts/decode/mlmodel.ts'
import { SnippetTabs } from '../artifacts/viewers/model-parts.tsx'
import { versionFile } from '../models/version-shelf.ts'
import { callSnippets } from './call-snippets.ts'
import { sharesOf } from './endpoint-state.ts'
import { words } from './words.ts'

/** How to ask it, at an address where it answers, with the columns that its model wants. */
export function CallIt({ endpoint }: { endpoint: ServingEndpoint }): ReactNode {
  const { model_name, servers = [], sticky_header, name } = endpoint
  const addresses = [...new Set(servers.flatMap(({ url, silent }) => (url === undefined || silent === true ? [] : [url])))]
  const [chosen, setChosen] = useState<string>()
  const address = chosen !== undefined && addresses.includes(chosen) ? chosen : addresses[0]
  const version = sharesOf(endpoint).find((share) => share.version !== undefined)?.version
  const { data: inputs } = useLoaded(`inputs of ${model_name} ${version ?? ''}`, async () => {
    const text = version === undefined || model_name === '' ? undefined : await versionFile(client, { name: model_name, version }, 'MLmodel')
    return text === undefined ? [] : parseMlModel(text).inputs
  })
  const all = useMemo(() => callSnippets(address ?? 'http://127.0.0.1:5001', inputs ?? [], sticky_header, location.origin, name), [address, inputs, sticky_header, name])
  return (
    <>
      {addresses.length > 1 && <div className="bar"><Select label={words.at} value={address!} options={addresses.map((url) => [url, url] as const)} onChange={setChosen} /></div>}
      {address === undefined && <p className="soft">{words.nobodyServesItYetSo} <code>cairn models serve --endpoint {name} -p 5001</code> {words.willHaveOnItsOwn}</p>}
      {address !== undefined && /\/\/(?:127\.|localhost|\[::1\])/.test(address) && <p className="soft">{words.thisProcessAnswersOnIts} <code>--host 0.0.0.0</code>{words.behindAProxyThatAsks}</p>}
      <SnippetTabs all={all} />
    </>
  )
}
