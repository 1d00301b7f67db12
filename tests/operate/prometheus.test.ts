/** Alerts and dashboard in a real Prometheus, which scrapes a real server as docs/operate.md says. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { debianProgram } from '../../tools/debian.ts'
import { cairn } from './command-line.ts'
import { endProcess, freePort } from '../../tools/processes.ts'

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cairn-prometheus-'))
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

interface Rule { readonly alert: string; readonly expr: string; readonly for?: string; readonly labels: Record<string, string>; readonly annotations: Record<string, string> }
const alertsFile = file('deploy/prometheus/cairn-alerts.yml')
const alerts = (parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules)
interface Panel { readonly title: string; readonly targets: readonly { readonly expr: string }[] }
const panels = (JSON.parse(readFileSync(file('deploy/grafana/cairn.json'), 'utf8')) as { panels: Panel[] }).panels

const job = '{job="cairn",instance="a"}'
const withLabels = (more: string): string => `{job="cairn",instance="a",${more}}`
/** What has to be so for an alert to fire, minute by minute, and for how long; `$value` where its text has it. */
const cases: Readonly<Record<string, { readonly series: Readonly<Record<string, string>>; readonly at: string; readonly labels?: Record<string, string>; readonly value?: string; readonly instance?: false }>> = {
  CairnDown: { series: { [`up${job}`]: '0x30' }, at: '3m', labels: { job: 'cairn' } },
  CairnErrors: { series: { [`cairn_http_requests_total${withLabels('endpoint="x",status="500"')}`]: '0+2x30', [`cairn_http_requests_total${withLabels('endpoint="x",status="200"')}`]: '0+98x30' }, at: '20m' },
  CairnSlow: { series: { [`cairn_http_request_duration_seconds_bucket${withLabels('endpoint="x",le="1"')}`]: '0+95x40', [`cairn_http_request_duration_seconds_bucket${withLabels('endpoint="x",le="10"')}`]: '0+100x40', [`cairn_http_request_duration_seconds_bucket${withLabels('endpoint="x",le="+Inf"')}`]: '0+100x40' }, at: '30m' },
  CairnWritesWait: { series: { [`cairn_db_writes_waiting${job}`]: '6000x10' }, at: '5m', labels: { job: 'cairn' }, value: '6000' },
  CairnReadsWait: { series: { [`cairn_db_pool_waiting${withLabels('pool="threads"')}`]: '80x10' }, at: '8m', labels: { job: 'cairn', pool: 'threads' }, value: '80' },
  CairnCompactionBehind: { series: { [`cairn_compaction_segments_waiting${job}`]: '200000x60' }, at: '40m', labels: { job: 'cairn' }, value: '200000' },
  CairnWebhooksLate: { series: { [`cairn_webhook_late_seconds${job}`]: '900x30' }, at: '20m', labels: { job: 'cairn' } },
  CairnConnectionsRefused: { series: { [`cairn_http_connections_refused_total${job}`]: '0+100x30' }, at: '20m', labels: { job: 'cairn' } },
  CairnMirrorBehind: { series: { [`cairn_mirror_in_step_seconds${job}`]: '0x120' }, at: '100m', instance: false },
  CairnQuotaNearlyFull: { series: { [`cairn_quota_used${withLabels('workspace="crm",quota="runs"')}`]: '95x60', [`cairn_quota_limit${withLabels('workspace="crm",quota="runs"')}`]: '100x60' }, at: '30m', labels: { job: 'cairn', workspace: 'crm', quota: 'runs' } },
  CairnTeamQuotaNearlyFull: { series: { [`cairn_team_quota_used${withLabels('team="vision",quota="runs"')}`]: '95x60', [`cairn_team_quota_limit${withLabels('team="vision",quota="runs"')}`]: '100x60' }, at: '30m', labels: { job: 'cairn', team: 'vision', quota: 'runs' } },
  CairnRestarts: { series: { [`process_start_time_seconds${job}`]: '1 1 2 2 3 3 4 4 4 4' }, at: '9m', labels: { job: 'cairn' } },
}

test('each alert fires where it should, with a text that names the server, and none on a server that is well', () => {
  assert.deepEqual(alerts.map(({ alert }) => alert).toSorted(), Object.keys(cases).toSorted())
  const healthy = { [`up${job}`]: '1x60', [`cairn_http_requests_total${withLabels('endpoint="x",status="200"')}`]: '0+100x60', [`cairn_db_writes_waiting${job}`]: '3x60', [`cairn_compaction_segments_waiting${job}`]: '100x60', [`process_start_time_seconds${job}`]: '1x60', [`cairn_webhook_late_seconds${job}`]: '0x60', [`cairn_http_connections_refused_total${job}`]: '0x60' }
  const input = (series: Readonly<Record<string, string>>) => Object.entries(series).map(([name, values]) => ({ series: name, values }))
  const written = {
    rule_files: [alertsFile], evaluation_interval: '1m',
    tests: [
      { interval: '1m', input_series: input(healthy), alert_rule_test: alerts.map(({ alert }) => ({ eval_time: '50m', alertname: alert, exp_alerts: [] })) },
      ...alerts.map(({ alert, labels: own, annotations }) => {
        const { series, at, labels = {}, value = '', instance } = cases[alert]!
        const more = { ...instance !== false && { instance: 'a' }, ...labels }
        const said = (text: string): string => text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => (more as Record<string, string>)[name]!).replace(/\{\{ \$value \}\}/g, value)
        return {
          interval: '1m', input_series: input(series),
          alert_rule_test: [
            { eval_time: '0m', alertname: alert, exp_alerts: [] },
            { eval_time: at, alertname: alert, exp_alerts: [{ exp_labels: { ...own, ...more }, exp_annotations: Object.fromEntries(Object.entries(annotations).map(([name, text]) => [name, said(text)])) }] },
          ],
        }
      }),
    ],
  }
  writeFileSync(join(folder, 'alerts.test.yml'), JSON.stringify(written))
  const { status, stdout, stderr } = spawnSync(debianProgram('promtool', 'prometheus'), ['test', 'rules', join(folder, 'alerts.test.yml')], { encoding: 'utf8' })
  assert.equal(status, 0, stdout + stderr)
})

test('Prometheus scrapes a server with the configuration of the guide, takes the alerts, and has something for every panel of the dashboard', async () => {
  const program = debianProgram('prometheus', 'prometheus')
  const server = await startServer(readConfig({ flags: { port: '0', 'app-name': 'basic-auth' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR', MLFLOW_AUTH_ADMIN_PASSWORD: 'correct horse battery' }, cwd: folder }))
  let prometheus: ChildProcess | undefined
  try {
    const send = (method: string, path: string, body?: object): Promise<Response> => fetch(server.url + path, { method, headers: { authorization: `Basic ${btoa('admin:correct horse battery')}`, 'content-type': 'application/json' }, ...(body && { body: JSON.stringify(body) }) })
    const commands = /## Watch it\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(readFileSync(file('docs/operate.md'), 'utf8'))![1]!.trim().split('\n')
    let token = ''
    for (const command of commands) {
      const { code, out, err } = await cairn(command.split(' ').slice(1), { cwd: folder, env: { MLFLOW_TRACKING_URI: server.url, MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: 'correct horse battery' } })
      assert.equal(code, 0, err)
      token = out
    }
    writeFileSync(join(folder, 'cairn.token'), token)
    const guide = /```yaml\n(scrape_configs:\n[\s\S]*?)```/.exec(readFileSync(file('docs/operate.md'), 'utf8'))![1]!
    const config = guide.replace('/etc/prometheus/cairn.token', join(folder, 'cairn.token')).replace('cairn.example.com', `127.0.0.1:${server.port}`).replace('cairn-alerts.yml', alertsFile)
    assert.ok(config.includes(`127.0.0.1:${server.port}`) && config.includes(alertsFile) && config.includes(join(folder, 'cairn.token')))
    writeFileSync(join(folder, 'prometheus.yml'), `global: {scrape_interval: 1s, evaluation_interval: 1s}\n${config}`)
    const port = await freePort()
    prometheus = spawn(program, [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    prometheus.stderr!.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-5000) })
    const api = async (path: string): Promise<any> => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`).catch(() => undefined)
      return response?.ok !== true ? undefined : (await response.json() as { data: unknown }).data
    }
    const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      for (let wait = 0; !await holds(); wait += 1) {
        if (wait > 600 || prometheus!.exitCode !== null) throw new Error(`It never came: ${what}\n${said}`)
        await sleep(100)
      }
    }
    const query = async (expr: string): Promise<{ value: [number, string] }[]> => (await api(`query?query=${encodeURIComponent(expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'))}`))?.result ?? []
    await until('the server is up', async () => (await query('up{job="cairn"}'))[0]?.value[1] === '1')
    // Something to see, and something that failed.
    for (const name of ['one', 'two']) {
      await send('POST', '/api/2.0/mlflow/experiments/create', { name })
      await send('GET', '/api/2.0/mlflow/experiments/get?experiment_id=77')
      await sleep(1500)
    }
    for (const { title, targets } of panels) {
      for (const { expr } of targets) await until(`${title}: ${expr}`, async () => (await query(expr)).length > 0)
    }
    const { groups } = await api('rules') as { groups: { rules: { name: string; health: string; state: string; lastError?: string }[] }[] }
    await until('the rules were looked at', async () => (await api('rules') as typeof groups extends never ? never : { groups: typeof groups }).groups[0]!.rules.every(({ health }) => health === 'ok'))
    assert.deepEqual(groups[0]!.rules.map(({ name }) => name), alerts.map(({ alert }) => alert))
    await server[Symbol.asyncDispose]()
    await until('that the server is down is noticed', async () => (await api('rules') as { groups: typeof groups }).groups[0]!.rules.find(({ name }) => name === 'CairnDown')!.state === 'pending')
  } finally {
    if (prometheus !== undefined) await endProcess(prometheus as never, 'SIGTERM')
    await server[Symbol.asyncDispose]()
  }
})
