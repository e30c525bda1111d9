// A real server process under constant questions, with an agent inside that harms it.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { query } from '../../support/dns-client.ts'
import { kubeconfigText } from '../../support/kubeconfig.ts'
import type { OurServer } from '../../support/our-server.ts'
import { startOurServer } from '../../support/our-server.ts'
import type { KeyPair } from '../../support/pki.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Agent, connectAgent } from './agent-client.ts'
import { type Api, startApi } from './api.ts'
import { type Asking, type Question, startAsking } from './asking.ts'
import { imported, importName, KNOWN, OBJECTS, UPSTREAM } from './clusterset.ts'

export interface Rig {
  readonly api: Api
  readonly asking: Asking
  readonly server: OurServer
  readonly agent: Agent
  /** Open descriptors of the server process. */
  readonly descriptors: () => Promise<number>
  /** The most descriptors that count as the same as now: connections and sockets for upstreams come and go. */
  readonly descriptorsAsNow: () => Promise<number>
  /** Anonymous memory of the server process, in kB. */
  readonly anonymous: () => Promise<number>
  /** The value of a metric without labels, or the sum over its labels. */
  readonly metric: (name: string) => Promise<number>
  /** Resolves when the name of an import is answered with this rcode. */
  readonly imports: (name: string, rcode: string) => Promise<void>
  /** Resolves when a new object of the API server is answered, and its removal, too. */
  readonly seesChanges: () => Promise<void>
  readonly stop: () => Promise<void>
}

interface RigOptions {
  readonly questions?: readonly Question[]
  /** Lines for the server block. */
  readonly directives?: readonly string[]
  /** A command that runs the server. */
  readonly through?: readonly [file: string, ...args: string[]]
  /** Serves the API with TLS; its CA, and the certificate of the API server. */
  readonly tls?: { readonly ca: string; readonly pair: KeyPair }
}

/** A start on a machine that is busy: a server, its threads, the asker and a child process for credentials. */
export const START_MS = 150_000
/** Sockets of one upstream (`peers.ts`), twice, and connections of the asker. */
const CHANGING_DESCRIPTORS = 20

/** Starts all, and the questions. */
export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const { questions = [...KNOWN, ...UPSTREAM], directives = [], through, tls } = options
  const folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const api = await startApi(OBJECTS, tls?.pair)
  const asking = await startAsking()
  const kubeconfig = join(folder, 'kubeconfig')
  const ca = tls && Buffer.from(tls.ca).toString('base64')
  const cluster = { server: api.url, ...(ca && { 'certificate-authority-data': ca }) }
  await writeFile(kubeconfig, kubeconfigText(cluster))
  const socket = join(folder, 'agent')
  const server = await startOurServer({
    corefile: `.:{$DNS_PORT} {
      bind 127.0.0.1
      multisocket 2
      errors
      ready 127.0.0.1:{$READY_PORT}
      health 127.0.0.1:{$HEALTH_PORT}
      prometheus 127.0.0.1:{$METRICS_PORT}
      ${directives.join('\n      ')}
      multicluster clusterset.local {
        kubeconfig ${kubeconfig}
      }
      kubernetes cluster.local {
        kubeconfig ${kubeconfig}
      }
      cache
      forward . ${asking.upstream}
    }\n`,
    env: {
      NODE_OPTIONS: `--import=${new URL('agent.ts', import.meta.url).href}`,
      FAULT_SOCKET: socket,
    },
    ...(through && { through }),
    timeoutMs: START_MS,
  })
  await server.ready(START_MS)
  const agent = await connectAgent(socket)
  await asking.start(server.port, questions)
  const { pid } = server.child
  let changes = 0
  const descriptors = async () => (await readdir(`/proc/${pid}/fd`)).length
  const imports = async (name: string, rcode: string) => {
    const spec = { port: server.port, name: importName(name), type: 'A', timeoutMs: 1000 }
    const isSo = async () => (await query(spec)).rcode === rcode
    const options = { timeoutMs: 120_000, everyMs: 50, detail: server.child.tail }
    await waitFor(`${name} is ${rcode}`, isSo, options)
  }
  return {
    api,
    asking,
    server,
    agent,
    descriptors,
    descriptorsAsNow: async () => (await descriptors()) + CHANGING_DESCRIPTORS,
    anonymous: async () => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
      return Number(/^Anonymous:\s+(\d+)/m.exec(text)?.[1])
    },
    metric: async (name) => {
      const text = await waitFor('metrics', server.metrics, { timeoutMs: START_MS })
      const lines = text.split('\n')
      const found = lines.filter(
        (line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `),
      )
      return found.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
    },
    imports,
    seesChanges: async () => {
      const name = `change-${++changes}`
      const object = imported(name, '10.10.9.9')
      api.put(object)
      await imports(name, 'NOERROR')
      api.remove(object)
      await imports(name, 'NXDOMAIN')
    },
    stop: async () => {
      agent.close()
      await server.stop()
      await asking.stop()
      await api.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
