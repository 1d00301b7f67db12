import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { startServer, type RunningServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { pythonForTests } from '../../tools/setup-python.ts'

/** MLflow stores of several kinds and ages, written by MLflow's client into subfolders; or only the one of today in SQLite, with its dump for PostgreSQL. */
export async function writeStores(folder: string, only?: 'sql'): Promise<void> {
  const script = fileURLToPath(new URL('write-stores.py', import.meta.url))
  const { status, stderr } = spawnSync(await pythonForTests(), [script, folder, ...(only === undefined ? [] : [only])], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`write-stores.py failed:\n${stderr.slice(-4000)}`)
}

/** Puts what the script dumped into a PostgreSQL schema of its own; answers its address. */
export async function fillPostgres(uri: string, dump: string): Promise<string> {
  const client = new pg.Client({ connectionString: uri })
  await client.connect()
  try {
    await client.query('CREATE SCHEMA mlflow; SET search_path TO mlflow')
    for (const { create, name, columns, rows } of JSON.parse(readFileSync(dump, 'utf8')) as { create: string; name: string; columns: string[]; rows: unknown[][] }[]) {
      await client.query(create)
      for (const row of rows) await client.query(`INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map((_, at) => `$${at + 1}`).join(', ')})`, row)
    }
  } finally {
    await client.end()
  }
  const found = new URL(uri)
  found.searchParams.set('options', '-c search_path=mlflow')
  return found.href
}

/** A server on what an import has made in `folder`. */
export const serve = (folder: string, flags: Record<string, string> = {}): Promise<RunningServer> =>
  startServer(readConfig({ flags: { port: '0', 'data-dir': join(folder, 'cairn-data'), ...flags }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))

type Json = Record<string, any>

export async function ask(url: string, path: string, query: object, method: 'GET' | 'POST' = 'GET'): Promise<Json> {
  const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
  const answer = await fetch(`${url}/api/2.0/mlflow/${path}${method === 'GET' ? `?${text}` : ''}`, method === 'GET'
    ? {} : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(query) })
  const body = await answer.text()
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${body}`)
  // Integers beyond 2^53 as they were written.
  return JSON.parse(body.replace(/([:[]\s*)(-?\d{16,})(?=\s*[,}\]])/g, '$1"$2"')) as Json
}

/** All that a tracking server tells, in an order of its own, by names where ids may differ. */
export async function everything(url: string): Promise<Json> {
  const { experiments } = await ask(url, 'experiments/search', { view_type: 'ALL', max_results: 100 }, 'POST')
  const runs: Json[] = []
  const models: Json[] = []
  for (const { experiment_id, name } of experiments as Json[]) {
    const found = await ask(url, 'runs/search', { experiment_ids: [experiment_id], run_view_type: 'ALL', max_results: 1000 }, 'POST')
    for (const { info } of found['runs'] ?? []) {
      const { run } = await ask(url, 'runs/get', { run_id: info.run_id })
      const histories: Json = {}
      for (const { key } of run.data.metrics ?? []) {
        histories[key] = sorted((await ask(url, 'metrics/get-history', { run_id: info.run_id, metric_key: key, max_results: 25_000 }))['metrics'])
      }
      const { artifact_uri: _place, experiment_id: _id, ...kept } = run.info
      runs.push({
        ...kept, experiment: name, histories, metrics: sorted(run.data.metrics), params: sorted(run.data.params), tags: sorted(run.data.tags),
        inputs: sorted(run.inputs?.dataset_inputs), model_inputs: sorted(run.inputs?.model_inputs), model_outputs: sorted(run.outputs?.model_outputs),
      })
    }
    for (const { info, data } of (await ask(url, 'logged-models/search', { experiment_ids: [experiment_id] }, 'POST'))['models'] ?? []) {
      const { artifact_uri: _place, experiment_id: _id, tags, registrations: _none, ...kept } = info
      models.push({ ...kept, experiment: name, tags: sorted(tags), params: sorted(data?.params), metrics: sorted(data?.metrics) })
    }
  }
  const registry: Json[] = []
  for (const name of ['churn model', 'greeting']) {
    const { registered_model } = await ask(url, 'registered-models/get', { name })
    const prompt = name === 'greeting' ? " AND tags.`mlflow.prompt.is_prompt` = 'true'" : ''
    const { model_versions } = await ask(url, 'model-versions/search', { filter: `name = '${name}'${prompt}`, max_results: 100 })
    const { latest_versions: _latest, tags, aliases, ...kept } = registered_model
    registry.push({
      ...kept, tags: sorted(tags), aliases: sorted(aliases),
      versions: sorted((model_versions as Json[]).map(({ source: _place, tags: own, aliases: _also, model_id: _model, ...version }) => ({ ...version, tags: sorted(own) }))),
    })
  }
  return {
    experiments: sorted((experiments as Json[]).map(({ artifact_location: _place, experiment_id: _id, tags, ...kept }) => ({ ...kept, tags: sorted(tags) }))),
    runs: sorted(runs), models: sorted(models), registry,
  }
}

const sorted = (list: Json[] | undefined): string[] => (list ?? []).map(canonical).toSorted()
/** The same text for the same value. */
const canonical = (value: unknown): string => JSON.stringify(value, (_key, inner: unknown) =>
  (typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner))
