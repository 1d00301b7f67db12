import type { ReactNode } from 'react'
import type { ModelVersion, Run } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, useLoaded } from '../../app/server.ts'
import { Failure } from '../../ui/parts.tsx'
import { parseMlModel, type MlModel, type SignatureField } from '../artifacts/decode/mlmodel.ts'
import { DiffTable, type DiffSection } from '../compare/diff-table.tsx'
import { versionFile } from './version-shelf.ts'
import { words } from './words.ts'

/** Versions beside each other: metrics, signature, params. */
export function VersionCompare({ versions }: { versions: readonly ModelVersion[] }): ReactNode {
  const { data, error, reload } = useLoaded(`compare ${versions.map(({ name, version }) => `${name} ${version}`).join(' ')}`, () => Promise.all(versions.map(async (version) => ({
    run: version.run_id === undefined || version.run_id === '' ? undefined : await client.runs.get(version.run_id).catch(() => undefined),
    model: await versionFile(client, version, 'MLmodel').then((text) => (text === undefined ? undefined : parseMlModel(text))).catch(() => undefined),
  }))))
  if (error !== undefined) return <Failure error={error} retry={reload} />
  if (data === undefined) return <p className="soft">{words.loading}</p>
  const numbers = data.map(({ run }, index) => new Map([...(run?.data.metrics ?? []), ...(versions[index]!.model_metrics ?? [])].map(({ key, value }) => [key, Number(value)])))
  const params = data.map(({ run }, index) => new Map([...paramsOf(run), ...(versions[index]!.model_params ?? []).map(({ name, value }) => [name, value] as const)]))
  const fields = (pick: (model: MlModel) => readonly SignatureField[]): Map<string, string>[] => data.map(({ model }) => new Map((model === undefined ? [] : pick(model)).map((field) => [field.name, `${field.type}${field.required ? '' : words.commaOptional}`])))
  const sections: DiffSection[] = [
    { title: words.about, values: versions.map((version) => new Map([[words.stage, version.current_stage], [words.aliases, (version.aliases ?? []).join(', ')], [words.source, version.source]])) },
    { title: words.metrics, values: numbers.map((one) => new Map([...one].map(([key, value]) => [key, String(value)]))), numbers }, { title: words.params, values: params },
    { title: words.inputs, values: fields((model) => model.inputs) }, { title: words.outputs, values: fields((model) => model.outputs) },
    { title: words.flavors, values: data.map(({ model }) => new Map((model?.flavors ?? []).map(([name, facts]) => [name, facts.find(([key]) => key.endsWith('_version'))?.[1] ?? words.yes]))) },
  ]
  return <DiffTable heads={versions.map((version) => ({ text: words.versionOfVersion(version.version), beside: 0, node: <a href={href.version(version.name, version.version)}>{words.versionOfVersion(version.version)}</a> }))} sections={sections} label={words.versionsCompared} />
}

const paramsOf = (run: Run | undefined): (readonly [string, string])[] => (run?.data.params ?? []).map(({ key, value }) => [key, value] as const)
