// The whole Corefile of a cluster in one server: ours as the user writes it, CoreDNS in its own spelling of the same.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { query } from '../../test/support/dns-client.ts'
import { freePort } from '../../test/support/free-port.ts'
import { kubeconfigText } from '../../test/support/kubeconfig.ts'
import { ensureTools } from '../../test/support/tools.ts'
import { waitFor } from '../../test/support/wait-for.ts'
import { localService } from './local-objects.ts'
import { benchService } from './objects.ts'
import { type BenchProcess, startProcess } from './process.ts'

export const SIDES = ['clusterset-dns', 'CoreDNS'] as const
export type Side = (typeof SIDES)[number]

export interface CorefileServer extends BenchProcess {
  readonly side: Side
  readonly port: number
}

interface CorefileOptions {
  readonly apiPort: number
  /** The numbers of imported Services and of Services of the cluster that the API server has. */
  readonly imports: number
  readonly services: number
  /** The ports of the upstreams on 127.0.0.1. */
  readonly upstreams: readonly number[]
  readonly cpus: string
  /** More directives, which only our server has. */
  readonly ours: string
  /** More directives, which both servers have. */
  readonly both: string
}

const START_TIMEOUT_MS = 120_000

/** Starts the server with the whole Corefile, and waits until it answers for the last object of each kind. */
export async function startCorefileServer(
  side: Side,
  options: CorefileOptions,
): Promise<CorefileServer> {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'corefile-'))
  const kubeconfig = join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigText({ server: `http://127.0.0.1:${options.apiPort}` }))
  const corefile = join(folder, 'Corefile')
  writeFileSync(corefile, await corefileText(side, port, kubeconfig, options))
  const command = [...(await programOf(side)), '-conf', corefile]
  const child = startProcess({ name: side, command, cpus: options.cpus })
  try {
    await answersAll(child, port, options)
  } catch (error) {
    await child.stop()
    throw error
  }
  return { ...child, side, port }
}

/** The program of a side, with its first arguments. */
export async function programOf(side: Side): Promise<readonly string[]> {
  if (side === 'clusterset-dns') {
    return [process.execPath, fileURLToPath(new URL('../../dist/cli.js', import.meta.url))]
  }
  const tools = await ensureTools()
  if (!tools.ok) throw new Error(tools.reason)
  return [tools.paths.coredns]
}

async function corefileText(
  side: Side,
  port: number,
  kubeconfig: string,
  { upstreams, ours: more, both }: CorefileOptions,
): Promise<string> {
  const ours = side === 'clusterset-dns'
  const to = upstreams.map((upstream) => `127.0.0.1:${upstream}`).join(' ')
  const clusterset = ours
    ? `multicluster clusterset.local {\n    kubeconfig ${kubeconfig}\n  }`
    : ''
  return `.:${port} {
  bind 127.0.0.1
  multisocket 1
  errors {
    consolidate 1m .*
  }
  prometheus 127.0.0.1:${await freePort()}
  ${clusterset}
  ${ours ? more : ''}
  ${both}
  kubernetes cluster.local ${ours ? '' : 'clusterset.local '}in-addr.arpa ip6.arpa {
    ${ours ? '' : 'multicluster clusterset.local'}
    kubeconfig ${kubeconfig}
    pods verified
    ttl 30
    fallthrough in-addr.arpa ip6.arpa
  }
  forward . ${to} {
    prefer_udp
  }
  cache 30
  loop
  reload
  loadbalance
}
`
}

async function answersAll(
  child: BenchProcess,
  port: number,
  { imports, services }: CorefileOptions,
): Promise<void> {
  const wanted = new Set<string>()
  if (services > 0) {
    const last = localService(services - 1)
    wanted.add(`${last.name}.${last.namespace}.svc.cluster.local`)
    const pod = last.endpoints[0]!.address.replaceAll('.', '-')
    wanted.add(`${pod}.${last.namespace}.pod.cluster.local`)
  }
  if (imports > 0) {
    const last = benchService(imports - 1)
    wanted.add(`${last.name}.${last.namespace}.svc.clusterset.local`)
  }
  await waitFor(
    `${child.name} answers for all objects`,
    async () => {
      child.check()
      for (const name of wanted) {
        const reply = await query({ port, name, type: 'A', timeoutMs: 500 }).catch(() => undefined)
        if (reply?.answers.length !== 1) return false
        wanted.delete(name)
      }
      return true
    },
    { timeoutMs: START_TIMEOUT_MS, everyMs: 50 },
  )
}
