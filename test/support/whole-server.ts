// A Corefile with every kind of source and upstream, what it needs around it, and what a server with it must answer: for tests
// that restrict what the server may do.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { expect } from 'vitest'
import { query } from './dns-client.ts'
import { frame, readFrames } from './dns-frames.ts'
import { startFakeMember } from './fake-member.ts'
import { kubeconfigText } from './kubeconfig.ts'
import { createDnsServer } from './pki.ts'
import { replyTo, streamPeer } from './scripted-peer.ts'
import { startUpstream } from './upstream-server.ts'
import { waitFor } from './wait-for.ts'

/** Name, the way of the query, and the rcode and number of answers. */
type Answer = readonly [name: string, tcp: boolean, rcode: string, answers: number]

const ANSWERS: readonly Answer[] = [
  // The answer table, from manifests.
  ['web.shop.svc.clusterset.local', false, 'NOERROR', 1],
  ['web.shop.svc.clusterset.local', true, 'NOERROR', 1],
  // Denied only after the lists of the API server, which need a token of the exec plugin.
  ['web.shop.svc.cluster.local', false, 'NXDOMAIN', 0],
  // The upstream thread, and the event-loop thread.
  ['host.upstream.test', false, 'NOERROR', 1],
  ['host.upstream.test', true, 'NOERROR', 1],
  ['a.tcp.test', false, 'NXDOMAIN', 0],
  ['www.tls.test', false, 'NOERROR', 1],
  ['www.tls.test', true, 'NOERROR', 1],
]

const IMPORT = `apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceImport
metadata: {name: web, namespace: shop}
spec: {type: ClusterSetIP, ips: [10.0.0.1], ports: [{name: http, port: 80, protocol: TCP}]}
`

const PLUGIN = `#!/bin/sh
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-the-plugin"}}'
`

/** Writes the files and starts the servers around. */
export async function prepareWholeServer() {
  const folder = await mkdtemp(join(tmpdir(), 'whole-'))
  // For a server that runs as another user.
  await chmod(folder, 0o755)
  const api = await startFakeMember('local')
  const upstream = await startUpstream()
  const { authority, server } = await createDnsServer()
  const tls: Server = createServer({ cert: server.certificate, key: server.key })
  const tlsPort = await streamPeer(tls, 'secureConnection', (socket) => {
    readFrames(socket, (message) => socket.write(frame(replyTo(message))))
  })
  const put = async (name: string, text: string, mode = 0o644) => {
    const file = join(folder, name)
    await writeFile(file, text, { mode })
    return file
  }
  const plugin = await put('plugin.sh', PLUGIN, 0o755)
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin }
  const user = { exec: { ...exec, interactiveMode: 'Never' } }
  const kubeconfig = await put('kubeconfig', kubeconfigText({ server: api.url }, user))
  const ca = await put('ca.crt', authority.certificate)
  await put('web.yaml', IMPORT)
  const corefile = `.:{$DNS_PORT} {
    bind 127.0.0.1
    errors
    log
    bufsize 1232
    health 127.0.0.1:{$HEALTH_PORT}
    ready 127.0.0.1:{$READY_PORT}
    prometheus 127.0.0.1:{$METRICS_PORT}
    multicluster clusterset.local {
      manifests ${folder}
    }
    kubernetes cluster.local in-addr.arpa {
      kubeconfig ${kubeconfig}
      pods verified
    }
    cache 30
    forward . localhost:${upstream.port}
    loop
    reload 2s 0s
    loadbalance
}
tcp.test:{$DNS_PORT} {
    bind 127.0.0.1
    forward . ${upstream.address} {
      force_tcp
    }
}
tls.test:{$DNS_PORT} {
    bind 127.0.0.1
    forward . tls://127.0.0.1:${tlsPort} {
      tls_servername dns.example
      tls ${ca}
    }
}
`
  return {
    /** Has the kubeconfig of the fake API server, `kubeconfig`. */
    folder,
    corefile,
    api,
    async close() {
      await Promise.all([api.close(), upstream.stop()])
      await rm(folder, { recursive: true })
    },
  }
}

interface Ports {
  readonly port: number
  readonly readyPort: number
  readonly metricsPort: number
}

/** Waits until the server of that Corefile is ready, and compares its answers, one after another. */
export async function expectWholeAnswers(server: Ports, detail: () => string): Promise<void> {
  const get = async (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  await waitFor('it is ready', async () => (await get(server.readyPort, '/ready')).ok, {
    timeoutMs: 60_000,
    detail,
  })
  for (const [name, tcp, rcode, answers] of ANSWERS) {
    const reply = await query({ port: server.port, name, type: 'A', tcp, timeoutMs: 5_000 })
    expect([name, tcp, reply.rcode, reply.answers.length], detail()).toEqual([
      name,
      tcp,
      rcode,
      answers,
    ])
  }
  expect(await (await get(server.metricsPort, '/metrics')).text()).toContain('coredns_dns_')
}
