import { useMemo, useState, type ReactNode } from 'react'
import { highlight } from '../decode/highlight.ts'
import { snippets, type MlModel, type SignatureField, type Snippet } from '../decode/mlmodel.ts'
import { CopyButton } from './copy-button.tsx'
import { tokenOf } from './code.tsx'
import { words } from '../words.ts'

export const Facts = ({ rows }: { rows: readonly (readonly [string, ReactNode])[] }): ReactNode => (
  <dl className="facts">{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
)

export function Signature({ model }: { model: Pick<MlModel, 'inputs' | 'outputs' | 'params'> }): ReactNode {
  const parts = ([[words.inputs, model.inputs], [words.outputs, model.outputs], [words.params, model.params]] as const).filter(([, fields]) => fields.length > 0)
  if (parts.length === 0) return <p className="soft">{words.thisModelHasNoSignature} <code>signature</code> {words.or} <code>input_example</code>.</p>
  return <div className="signature">{parts.map(([title, fields]) => <Fields key={title} title={title} fields={fields} />)}</div>
}

function Fields({ title, fields }: { title: string; fields: readonly SignatureField[] }): ReactNode {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={title}>
      <table className="plain-table">
        <caption>{title} <span className="soft">{fields.length}</span></caption>
        <thead><tr><th scope="col">{words.name}</th><th scope="col">{words.type}</th></tr></thead>
        <tbody>{fields.map((field) => <tr key={field.name}><th scope="row">{field.name}</th><td><code>{field.type}</code>{!field.required && <span className="soft"> {words.optional}</span>}{field.default !== undefined && <span className="soft"> {words.default(field.default)}</span>}</td></tr>)}</tbody>
      </table>
    </div>
  )
}

/** How a model is loaded and asked, in three languages. */
export function Snippets({ uri, serverUrl, inputs }: { uri: string; serverUrl: string; inputs: readonly SignatureField[] }): ReactNode {
  const all = useMemo(() => snippets(uri, serverUrl, inputs), [uri, serverUrl, inputs])
  return <SnippetTabs all={all} />
}

/** The same in several languages, one of them shown. */
export function SnippetTabs({ all }: { all: readonly Snippet[] }): ReactNode {
  const [chosen, setChosen] = useState<string>()
  const shown = all.find(({ label }) => label === chosen) ?? all[0]!
  return (
    <div className="snippets">
      <div className="viewer-bar" role="group" aria-label={words.language}>
        {all.map(({ label }) => <button key={label} type="button" className="button" aria-pressed={label === shown.label} onClick={() => setChosen(label)}>{label}</button>)}
        <span className="spacer" />
        <CopyButton text={shown.code} what={words.theSnippet(shown.label)} />
      </div>
      <pre tabIndex={0} aria-label={words.snippet(shown.label)}><code>{highlight(shown.code, shown.language).map((tokens, index) => <span key={index}>{tokens.map(tokenOf)}{'\n'}</span>)}</code></pre>
    </div>
  )
}
