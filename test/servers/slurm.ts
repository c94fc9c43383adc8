import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { execa } from 'execa'

export interface Slurm {
  /** Where `sbatch` and the other commands find this cluster. */
  env: { SLURM_CONF: string }
  stop(): Promise<void>
}

/** What is missing to start Slurm here: its programs (Debian's `slurm-wlm` and `munge`), or root. */
export const missingForSlurm = [
  ...['munged', 'slurmctld', 'slurmd'].filter((daemon) => !existsSync(`/usr/sbin/${daemon}`)),
  ...(process.getuid?.() === 0 ? [] : ['root']),
]

/** A Slurm with one node, this machine. All of its files are in a temporary folder. */
export async function startSlurm(): Promise<Slurm> {
  const dir = await mkdtemp(join(tmpdir(), 'vite-distill-slurm-'))
  const path = (name: string) => join(dir, name)
  const env = { SLURM_CONF: path('slurm.conf') }
  const node = hostname().split('.')[0]!
  // munged refuses a folder that not everybody can enter.
  await chmod(dir, 0o711)
  await mkdir(path('state'))
  await mkdir(path('spool'))
  await writeFile(path('munge.key'), randomBytes(1024), { mode: 0o400 })
  await writeFile(
    env.SLURM_CONF,
    `ClusterName=test
SlurmctldHost=${node}(127.0.0.1)
SlurmctldPort=${await freePort()}
SlurmdPort=${await freePort()}
SlurmUser=root
AuthInfo=socket=${path('munge.socket')}
StateSaveLocation=${path('state')}
SlurmdSpoolDir=${path('spool')}
SlurmctldPidFile=${path('slurmctld.pid')}
SlurmdPidFile=${path('slurmd.pid')}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# \`sbatch --wait\` asks after 2 and then every 8 seconds. By default it would ask after 2, 10, 42 and 74.
MinJobAge=16
SchedulerParameters=batch_sched_delay=0
# Two processors, however many this machine has.
SlurmdParameters=config_overrides
NodeName=${node} NodeAddr=127.0.0.1 CPUs=2
PartitionName=test Nodes=ALL Default=YES
`,
  )

  let output = ''
  const started: ChildProcess[] = []
  const start = (daemon: string, ...args: string[]) => {
    const child = spawn(`/usr/sbin/${daemon}`, args, { env: { ...process.env, ...env } })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += `${daemon}: ${chunk}`))
    started.unshift(child)
  }
  /** Asks until the answer is yes, for up to a minute, while all daemons run. */
  const until = async (isReady: () => boolean | Promise<boolean>) => {
    for (let tries = 0; tries < 600; tries++) {
      if (await isReady()) return
      if (started.some((daemon) => daemon.exitCode !== null)) break
      await setTimeout(100)
    }
    throw new Error(`Slurm does not start: ${output}`)
  }
  const stop = async () => {
    await execa('scancel', ['--user=root'], { env, reject: false })
    const isIdle = async () => (await execa('squeue', ['--noheader'], { env })).stdout === ''
    await until(isIdle).catch(() => {})
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
    await rm(dir, { recursive: true, force: true })
  }

  const mungeFiles = ['key', 'socket', 'pid', 'seed'] as const
  start(
    'munged',
    '--foreground',
    ...mungeFiles.map((name) => `--${name === 'socket' ? name : `${name}-file`}=${path(`munge.${name}`)}`),
    `--log-file=${path('munge.log')}`,
  )
  try {
    await until(() => existsSync(path('munge.socket')))
    start('slurmctld', '-D')
    start('slurmd', '-D', '-N', node)
    await until(async () => {
      const { stdout } = await execa('sinfo', ['--noheader', '--format=%T'], { env, reject: false })
      return stdout === 'idle'
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { env, stop }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
