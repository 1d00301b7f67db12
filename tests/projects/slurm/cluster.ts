import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, hostname, tmpdir, totalmem, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installDebianPackages } from '../../../tools/debian.ts'
import { freePort } from '../../../tools/processes.ts'

export interface Cluster extends AsyncDisposable {
  /** What a command needs to reach it. */
  readonly env: NodeJS.ProcessEnv
}

const found = (name: string, env: NodeJS.ProcessEnv): boolean => spawnSync('which', [name], { env }).status === 0

/**
 * A Slurm cluster of one node on this machine: Debian's munged, slurmctld and slurmd, started here
 * without systemd, with everything in a temp folder and on free ports. Installs the packages where it
 * may; throws where there is no Slurm in the end.
 */
export async function startCluster(): Promise<Cluster> {
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${process.env['PATH'] ?? ''}${delimiter}/usr/sbin${delimiter}/sbin` }
  if (!found('slurmctld', env) || !found('munged', env)) installDebianPackages(['slurm-wlm', 'munge'])
  if (!found('slurmctld', env) || !found('munged', env)) throw new Error('The tests need Slurm, and it is not installed.\nOn Debian or Ubuntu: apt install slurm-wlm munge')

  // Not below a folder that only one account may enter: munge insists on that.
  const folder = mkdtempSync(join(tmpdir(), 'cairn-slurm-'))
  const [controller, daemon] = [await freePort(), await freePort()]
  const { username } = userInfo()
  const host = hostname().split('.')[0]!
  for (const name of ['state', 'spool', 'munge']) mkdirSync(join(folder, name), { mode: 0o755 })
  writeFileSync(join(folder, 'munge/key'), randomBytes(256), { mode: 0o400 })
  const socket = join(folder, 'munge/socket')
  env['SLURM_CONF'] = join(folder, 'slurm.conf')
  writeFileSync(env['SLURM_CONF'], `
ClusterName=cairn
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${controller}
SlurmdPort=${daemon}
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
AuthInfo=socket=${socket}
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
KillWait=2
MinJobAge=300
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
NodeName=${host} NodeAddr=127.0.0.1 CPUs=${Math.min(4, cpus().length)} RealMemory=${Math.floor(totalmem() / 2 ** 20 / 2)} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`)
  const children: ChildProcess[] = []
  let log = ''
  const start = (name: string, args: string[]): void => {
    const child = spawn(name, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { log += `${name}: ${chunk.toString()}` })
    child.on('error', (error) => { log += `${name}: ${error.message}\n` })
    children.push(child)
  }
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ended
      clearTimeout(timer)
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  start('munged', ['--foreground', '--force', `--socket=${socket}`, `--key-file=${folder}/munge/key`, `--pid-file=${folder}/munge/pid`, `--log-file=${folder}/munge/log`, `--seed-file=${folder}/munge/seed`])
  await sleep(300)
  start('slurmctld', ['-D', '-c'])
  start('slurmd', ['-D', '-N', host])
  for (const deadline = Date.now() + 30_000; ;) {
    const { stdout } = spawnSync('sinfo', ['-h', '-o', '%t'], { env, encoding: 'utf8', timeout: 5000 })
    if (stdout?.trim() === 'idle') break
    if (Date.now() > deadline) {
      const munge = readFileSync(join(folder, 'munge/log'), 'utf8').slice(-1000)
      await stop()
      throw new Error(`Slurm did not start (its node is "${stdout?.trim()}"):\n${log.slice(-4000)}\n${munge}`)
    }
    await sleep(200)
  }
  return { env, [Symbol.asyncDispose]: stop }
}
