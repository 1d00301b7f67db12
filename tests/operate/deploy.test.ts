/** What deploy/ holds, as the programs that read it see it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { readConfig } from '@cairn/server/config'
import { startServer } from '@cairn/server'
import { debianProgram } from '../../tools/debian.ts'
import { goToolchain } from '../../tools/object-stores.ts'

const deploy = (path: string): string => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url))

/** Names of series that an expression asks for. */
const seriesIn = (text: string): string[] => [...new Set(text.match(/\b(?:cairn|process)_[a-z_]+\b/g))]

async function exposed(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-deploy-'))
  const server = await startServer(readConfig({
    flags: { port: '0', quota: 'runs=100k', 'team-quota': 'runs=1M', 'enable-workspaces': true, 'mirror-to': 'http://127.0.0.1:9' }, env: { MLFLOW_LOGGING_LEVEL: 'CRITICAL', CAIRN_MIRROR_ALLOW_PRIVATE_IPS: 'true' }, cwd: folder,
  }))
  try {
    const post = async (path: string, body: object, workspace = 'default'): Promise<{ experiment_id?: string }> =>
      await (await fetch(`${server.url}/api/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-mlflow-workspace': workspace }, body: JSON.stringify(body) })).json() as { experiment_id?: string }
    await post('3.0/mlflow/workspaces', { name: 'vision--cats' })
    await post('2.0/mlflow/runs/create', { experiment_id: '0' })
    await post('2.0/mlflow/runs/create', await post('2.0/mlflow/experiments/create', { name: 'x' }, 'vision--cats'), 'vision--cats')
    return await (await fetch(`${server.url}/metrics`)).text()
  } finally {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('Prometheus takes the alerts and what /metrics says, and both dashboards and alerts ask only for series that there are', async () => {
  const promtool = debianProgram('promtool', 'prometheus')
  const rules = spawnSync(promtool, ['check', 'rules', deploy('prometheus/cairn-alerts.yml')], { encoding: 'utf8' })
  assert.equal(rules.status, 0, rules.stdout + rules.stderr)
  const metrics = await exposed()
  const check = spawnSync(promtool, ['check', 'metrics'], { input: metrics, encoding: 'utf8' })
  assert.equal(check.status, 0, check.stdout + check.stderr)
  const there = new Set(seriesIn(metrics))
  const dashboard = JSON.parse(readFileSync(deploy('grafana/cairn.json'), 'utf8')) as { panels: { title: string; targets: { expr: string }[] }[] }
  const asked = [...seriesIn(readFileSync(deploy('prometheus/cairn-alerts.yml'), 'utf8').replace(/#.*/g, '')), ...dashboard.panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => seriesIn(expr)))]
  assert.deepEqual(asked.filter((name) => !there.has(name)), [])
  // Nor do alerts name labels that their series do not have.
  const { groups } = parse(readFileSync(deploy('prometheus/cairn-alerts.yml'), 'utf8')) as { groups: { rules: { alert: string; expr: string; annotations: Record<string, string> }[] }[] }
  for (const { alert, expr, annotations } of groups.flatMap((group) => group.rules)) {
    for (const [, label] of Object.values(annotations).join(' ').matchAll(/\$labels\.(\w+)/g)) {
      if (label === 'instance') continue
      for (const name of seriesIn(expr)) assert.ok(new RegExp(`^${name}\\{[^}]*\\b${label}="`, 'm').test(metrics), `${alert}: ${name} has no label ${label}`)
    }
  }
  // An expression that Prometheus cannot read would show an empty panel.
  const folder = mkdtempSync(join(tmpdir(), 'cairn-deploy-'))
  try {
    const written = dashboard.panels.flatMap(({ targets }) => targets).map(({ expr }, index) => ({ record: `panel_${index}`, expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*') }))
    writeFileSync(join(folder, 'panels.yml'), JSON.stringify({ groups: [{ name: 'panels', rules: written }] }))
    const read = spawnSync(promtool, ['check', 'rules', join(folder, 'panels.yml')], { encoding: 'utf8' })
    assert.equal(read.status, 0, read.stdout + read.stderr)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the dashboard is one by Grafana\'s own schema: what it does not know, or needs and lacks, is found', async () => {
  const go = await goToolchain()
  const check = (path: string) => spawnSync(go, ['run', '.', path], { cwd: fileURLToPath(new URL('grafana', import.meta.url)), encoding: 'utf8', env: { ...process.env, GOFLAGS: '', GOTOOLCHAIN: 'local', CGO_ENABLED: '0' } })
  const { status, stderr } = check(deploy('grafana/cairn.json'))
  assert.equal(status, 0, stderr)
  const folder = mkdtempSync(join(tmpdir(), 'cairn-deploy-'))
  try {
    const wrong = JSON.parse(readFileSync(deploy('grafana/cairn.json'), 'utf8')) as { panels: { options: { legend: object } }[] }
    wrong.panels[0]!.options.legend = { displayMode: 'list', place: 'bottom' }
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong))
    assert.match(check(join(folder, 'wrong.json')).stderr, /panels\[0\]\.options\.legend[^\n]*: unexpected field 'place'/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

for (const [name, unit] of [['cairn.service', 'cairn.service'], ['cairn@.service', 'cairn@5000.service']] as const) {
  test(`systemd takes the unit ${name}`, () => {
    const analyze = debianProgram('systemd-analyze', 'systemd')
    const folder = mkdtempSync(join(tmpdir(), 'cairn-deploy-'))
    try {
      copyFileSync(deploy(`systemd/${name}`), join(folder, name))
      const { status, stdout, stderr } = spawnSync(analyze, ['verify', '--man=no', join(folder, unit)], { encoding: 'utf8' })
      // That the program is not installed on this machine is all that it may say.
      const said = (stdout + stderr).split('\n').filter((line) => line.includes('cairn') && !line.includes('/usr/local/bin/cairn'))
      assert.deepEqual([said, status === 0 || /\/usr\/local\/bin\/cairn/.test(stdout + stderr)], [[], true])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
