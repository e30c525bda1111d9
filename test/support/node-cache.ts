// A node with a pod and the DNS server of a cluster, as network namespaces: the pod asks, the node translates the ClusterIP of
// kube-dns as kube-proxy does, and the cluster's DNS answers. Needs root.
import { readFileSync } from 'node:fs'
import { describe } from 'vitest'
import { parse } from 'yaml'
import { decodeMessage, type Message } from './dns-decode.ts'
import { encodeQuery } from './dns-encode.ts'
import { skipOrFail } from './needs.ts'
import {
  createNetNamespace,
  joinNamespaces,
  type NetNamespace,
  runAsAdmin,
} from './net-namespace.ts'
import { type OurServer, startOurServer } from './our-server.ts'

export const LOCAL_IP = '169.254.20.10'
/** The ClusterIP of kube-dns. */
export const CLUSTER_IP = '10.96.0.10'
/** The ClusterIP of the Service of the overlay, which selects the same pods. */
const UPSTREAM_IP = '10.96.0.53'
/** The pod of the cluster's DNS. */
const KUBE_DNS = '10.250.1.2'
const OVERLAY = 'deploy/dns/overlays/node-cache'

interface CacheOptions {
  /** Default: that of the overlay, with a name of its own, `who.test`. */
  readonly corefile?: string
  /** The arguments of the program. Default: those of the overlay. */
  readonly args?: readonly string[]
  /** A command that runs it. */
  readonly through?: readonly string[]
}

export interface CacheNode {
  readonly pod: NetNamespace
  readonly node: NetNamespace
  /** Its log has each query with its protocol. */
  readonly kubeDns: OurServer
  /** Starts a node cache on the node. */
  readonly startCache: (options?: CacheOptions) => Promise<OurServer>
  readonly stop: () => Promise<void>
}

/** `describe` where the kernel has network namespaces and nftables. */
export async function describeWithNode(name: string, body: () => void): Promise<void> {
  const probe = (...command: readonly string[]) =>
    runAsAdmin('unshare', '--net', ...command).then(
      () => true,
      () => false,
    )
  if (process.getuid?.() !== 0) return skipOrFail(name, 'root is required', false)
  for (const program of ['ip', 'nft', 'nsenter']) {
    if (await probe('sh', '-c', `command -v ${program}`)) continue
    return skipOrFail(name, `${program} is not installed, or namespaces are refused`, true)
  }
  // `owner` came after all else that the test needs.
  if (await probe('nft', 'table inet probe { flags owner; }')) return void describe(name, body)
  skipOrFail(name, 'this kernel has no nftables, or none with owners', false)
}

/** True where the kernel can create dummy interfaces; elsewhere tests create another kind before. */
export function hasDummyInterfaces(): Promise<boolean> {
  return runAsAdmin('unshare', '--net', 'ip', 'link', 'add', 'probe', 'type', 'dummy').then(
    () => true,
    () => false,
  )
}

/** What kube-proxy does, in all of its modes but ipvs, for `nft`. */
export const KUBE_PROXY = `table ip kube-proxy {
  map services { type ipv4_addr : ipv4_addr; elements = { ${CLUSTER_IP} : ${KUBE_DNS}, ${UPSTREAM_IP} : ${KUBE_DNS} }; }
  chain prerouting { type nat hook prerouting priority dstnat; dnat to ip daddr map @services; }
  chain output { type nat hook output priority -100; dnat to ip daddr map @services; }
}`

/** The arguments of the container but the path of the Corefile, as the kubelet replaces the reference to the ClusterIP. */
function overlayArgs(): readonly string[] {
  const daemonSet = parse(readFileSync(`${OVERLAY}/daemonset.yaml`, 'utf8'))
  const [conf, path, ...args]: readonly string[] = daemonSet.spec.template.spec.containers[0].args
  if (conf !== '-conf' || path === undefined) throw new Error('the first argument is not -conf')
  return args.map((arg) => arg.replace('$(KUBE_DNS_SERVICE_HOST)', CLUSTER_IP))
}

/** Starts pod, node and the cluster's DNS; no node cache. */
export async function startCacheNode(): Promise<CacheNode> {
  const namespaces: NetNamespace[] = []
  const namespace = async (name: string) => {
    const created = await createNetNamespace(name)
    namespaces.push(created)
    return created
  }
  const [pod, node, dns] = [
    await namespace('pod'),
    await namespace('node'),
    await namespace('kube-dns'),
  ]
  await joinNamespaces('eth0', [pod, '10.250.0.2/24'], [node, '10.250.0.1/24'])
  await joinNamespaces('eth1', [node, '10.250.1.1/24'], [dns, `${KUBE_DNS}/24`])
  await pod.run('ip', 'route', 'add', 'default', 'via', '10.250.0.1')
  await dns.run('ip', 'route', 'add', 'default', 'via', '10.250.1.1')
  // Of a node: without a route to the ClusterIP its own processes could not ask there.
  await node.run('ip', 'route', 'add', 'default', 'via', KUBE_DNS)
  await node.run('sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward')
  await node.run('nft', KUBE_PROXY)
  const inNamespace = ({ pid }: NetNamespace) =>
    ['nsenter', '--target', String(pid), '--net', '--'] as const
  const kubeDns = await startOurServer({
    corefile: `.:53 {
      bind ${KUBE_DNS}
      log
      hosts {
        10.0.0.1 web.shop.svc.cluster.local
        10.0.0.2 www.example.com
      }
    }\n`,
    through: inNamespace(dns),
  })
  const overlay = readFileSync(`${OVERLAY}/Corefile`, 'utf8')
    .replace('/etc/resolv.conf', KUBE_DNS)
    .replace(
      '.:53 {',
      '.:53 {\n    hosts {\n        127.0.0.53 who.test\n        fallthrough\n    }',
    )
  return {
    pod,
    node,
    kubeDns,
    startCache: ({ corefile = overlay, args = overlayArgs(), through = [] } = {}) =>
      startOurServer({
        corefile,
        args,
        env: {
          KUBE_DNS_SERVICE_HOST: CLUSTER_IP,
          CLUSTERSET_DNS_UPSTREAM_SERVICE_HOST: UPSTREAM_IP,
        },
        through: [...inNamespace(node), ...through],
      }),
    stop: async () => {
      await kubeDns.stop()
      for (const one of namespaces) await one.stop()
    },
  }
}

/** Sends a query, given in hexadecimal, from the namespace in which it runs, and prints the reply. */
const CLIENT = `
const [, protocol, host, hex] = process.argv
const query = Buffer.from(hex, 'hex')
const end = (text) => { console.log(text); process.exit() }
setTimeout(end, 5000, 'no reply')
if (protocol === 'udp') {
  const socket = require('node:dgram').createSocket('udp4')
  socket.on('error', ({ code }) => end(code)).on('message', (reply) => end(reply.toString('hex')))
  socket.connect(53, host, () => socket.send(query))
} else {
  const socket = require('node:net').connect(53, host)
  const frame = Buffer.concat([Buffer.of(query.length >> 8, query.length & 255), query])
  socket.on('connect', () => socket.write(frame))
  socket.on('error', ({ code }) => end(code)).on('data', (reply) => end(reply.subarray(2).toString('hex')))
}`

/** Asks for the A records of a name; resolves to the reply, or to the name of the error. */
export async function askFrom(
  { run }: NetNamespace,
  host: string,
  name: string,
  protocol: 'udp' | 'tcp' = 'udp',
): Promise<Message | string> {
  const query = Buffer.from(encodeQuery({ name, type: 'A', flags: { rd: true } })).toString('hex')
  const printed = (await run(process.execPath, '-e', CLIENT, protocol, host, query)).trim()
  return /^[0-9a-f]{24,}$/.test(printed) ? decodeMessage(Buffer.from(printed, 'hex')) : printed
}
