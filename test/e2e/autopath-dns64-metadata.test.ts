// `autopath`, `dns64` and `metadata` here and in the real CoreDNS 1.14.7, on the same API server and before the same upstream,
// get the same questions: all answers are equal or differ by a rule of the READMEs.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { compareAll, compareServers, type Pair } from '../support/compare-servers.ts'
import { startCoreDNS } from '../support/coredns.ts'
import { askedWithBothRd, explainCorefile } from '../support/corefile-differences.ts'
import { comparable } from '../support/differences.ts'
import { query } from '../support/dns-client.ts'
import type { Message } from '../support/dns-decode.ts'
import { encodeQuery } from '../support/dns-encode.ts'
import type { DnsProcess } from '../support/dns-process.ts'
import { describeWithTools } from '../support/e2e.ts'
import type { KubeObject } from '../support/kube-client.ts'
import { startOurServer } from '../support/our-server.ts'
import { createRandom, type Random } from '../support/random.ts'
import { randomCorefileQuery } from '../support/random-corefile-queries.ts'
import type { LocalObjects } from '../support/random-local-objects.ts'
import type { GeneratedQuery } from '../support/random-queries.ts'
import { startUpstream, type Upstream } from '../support/upstream-server.ts'
import { waitFor } from '../support/wait-for.ts'

const seed = Number(process.env.DIFFERENTIAL_SEED ?? 20_261_204)
const QUESTIONS = 600
const IN_FLIGHT = 16

const object = (kind: string, name: string, namespace: string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, ...(kind === 'Namespace' ? {} : { namespace }) },
  ...more,
})
const service = (name: string, namespace: string, clusterIP: string) =>
  object('Service', name, namespace, {
    spec: { clusterIP, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  })
/** The tests ask from 127.0.0.1: they are a Pod of `shop`. */
const pod = (name: string, namespace: string, ip: string) =>
  object('Pod', name, namespace, {
    spec: { nodeName: 'node', containers: [{ name: 'c', image: 'i' }] },
    status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
  })

const OBJECTS: readonly KubeObject[] = [
  ...['shop', 'bank'].map((name) => object('Namespace', name, '')),
  service('web', 'shop', '10.96.0.11'),
  service('safe', 'bank', '10.96.0.12'),
  pod('client', 'shop', '127.0.0.1'),
  pod('other', 'bank', '10.244.0.8'),
]

const LABELS = [
  ...['kind', 'namespace', 'service', 'endpoint', 'port-name', 'protocol', 'cluster', 'zone'],
  ...['parse-error', 'client-namespace'],
].map((part) => `kubernetes/${part}`)
LABELS.push('forward/upstream', 'log/type', 'log/class', 'no/such')
/** Each is asked for once; their lines have the same order. */
const LABELLED: readonly (readonly [string, string])[] = [
  ['web.shop.svc.k8s.test', 'A'],
  ['Web.shop.svc.k8s.test', 'AAAA'],
  ['_http._tcp.web.shop.svc.k8s.test', 'SRV'],
  ['http.tcp.web.shop.svc.k8s.test', 'SRV'],
  ['ep.web.shop.svc.k8s.test', 'A'],
  ['z.pin._zone.web.shop.svc.k8s.test', 'A'],
  ['10-1-1-1.shop.pod.k8s.test', 'A'],
  ['absent.shop.svc.k8s.test', 'A'],
  ['shop.svc.k8s.test', 'A'],
  ['svc.k8s.test', 'A'],
  ['k8s.test', 'SOA'],
  ['www.example.k8s.test', 'A'],
  ['www.log.test', 'A'],
  ['tcp.log.test', 'A'],
  ['web.shop.svc.log.test', 'A'],
]

function corefile(kubeconfig: string, search: string): string {
  const block = (key: string, ...lines: readonly string[]) =>
    `${key}:{$DNS_PORT} {\n bind 127.0.0.1\n ${lines.join('\n ')}\n}\n`
  const forward = 'forward . {$UPSTREAM} {\n  prefer_udp\n }'
  return [
    block(
      '.',
      'ready 127.0.0.1:{$READY_PORT}',
      'prometheus 127.0.0.1:{$METRICS_PORT}',
      'autopath @kubernetes',
      'cache 30',
      `kubernetes cluster.local in-addr.arpa {\n  kubeconfig ${kubeconfig}\n  pods verified\n }`,
      forward,
    ),
    block('file.test', `autopath ${search}`, forward),
    block('part.test', `autopath x.part.test ${search}2`, forward),
    block(
      'example.org',
      'dns64 {\n  allow_ipv4\n }',
      'cache 30',
      'hosts {\n  192.0.2.1 four.example.org\n  192.0.2.2 both.example.org\n  2001:db8::2 both.example.org\n  fallthrough\n }',
      forward,
    ),
    block(
      'upstream.test',
      'dns64 {\n  allow_ipv4\n  translate_all\n  prefix 2001:db8:64::/64\n }',
      'cache 30',
      forward,
    ),
    block(
      'k8s.test:{$DNS_PORT} log.test',
      'metadata k8s.test',
      `log . "LABELS ${LABELS.map((label) => `{/${label}}`).join(' ')}"`,
      `kubernetes k8s.test {
  kubeconfig ${kubeconfig}
 }`,
      forward,
    ),
    block('example.net', 'dns64', 'hosts {\n  192.0.2.1 four.example.net\n }'),
  ].join('')
}

/** Suffixes of names that searches complete or not, and what stands before them. */
const ENDS = [
  '.shop.svc.cluster.local',
  '.shop.svc.cluster.local',
  '.bank.svc.cluster.local',
  '.svc.cluster.local',
  '.cluster.local',
  '.file.test',
  '.file.test',
  '.part.test',
  '.x.part.test',
  '',
  '',
]
const STARTS = [
  'web',
  'web.shop',
  'safe.bank',
  'safe.bank.svc',
  'absent',
  'absent.bank',
  '10-244-0-8.bank.pod',
  '127-0-0-1.shop.pod',
  'www.example.org',
  'four.example.org',
  'both.example.org',
  'four.example.net',
  'absent.example.com',
]
const TYPES = ['A', 'A', 'AAAA', 'AAAA', 'AAAA', 'TXT', 'SRV', 'MX', 'PTR']

function randomQuestion(random: Random): GeneratedQuery {
  const outside = randomCorefileQuery(random, NOBODY, 'outside')
  const { rd: _rd, ...flags } = outside.spec.flags ?? {}
  const isKnown = random.chance(40)
  const start = isKnown ? random.pick(STARTS) : outside.spec.name.replace(/\.$/, '')
  const type = isKnown || random.chance(50) ? random.pick(TYPES) : outside.spec.type
  const spec = { ...outside.spec, name: `${start}${random.pick(ENDS)}`, type, flags }
  return { spec, tcp: outside.tcp, bytes: encodeQuery(spec) }
}

const NOBODY = { services: [], namespaces: [], pods: [] } as unknown as LocalObjects

/** The lines of an answer in lower case, without TTLs and order. */
function records(message: Message | undefined): string {
  const lines = comparable(message && withoutTtls(message))
    .toLowerCase()
    .split('\n')
  return lines.sort().join('\n')
}

function withoutTtls(message: Message): Message {
  const bare = (section: Message['answers']) =>
    section.map((rr) => ({ ...rr, ttl: 0, text: rr.text.replace(/ \d+ /, ' 0 ') }))
  const { answers, authority, additional } = message
  return {
    ...message,
    answers: bare(answers),
    authority: bare(authority),
    additional: bare(additional),
  }
}

/** A cache has asked its upstream a moment earlier, or keeps what the tables here answer. */
function sameButClock({ ours, theirs }: Pair): boolean {
  return records(ours) === records(theirs)
}

/** The A lookup of `dns64` has failed: CoreDNS hides its response code. */
function hasHiddenError({ query, ours, theirs }: Pair): boolean {
  if (query.spec.type !== 'AAAA' || ours === undefined || theirs?.rcode !== 'NOERROR') return false
  return ours.rcode !== 'NOERROR' && records({ ...ours, rcode: 'NOERROR' }) === records(theirs)
}

/** The rule `pod-srv` of docs/compatibility.md, for a name that a search has found. */
function isPodService({ query: { spec }, ours }: Pair): boolean {
  return spec.type === 'SRV' && spec.name.includes('.pod.') && ours?.answers.length === 0
}

describeWithTools('autopath, dns64 and metadata against CoreDNS 1.14.7', (tools) => {
  let cluster: Cluster
  let upstream: Upstream
  let folder: string
  let ours: DnsProcess
  let theirs: DnsProcess

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'search-'))
    const search = join(folder, 'search')
    await writeFile(search, 'search file.test upstream.test example.org\n')
    await writeFile(`${search}2`, 'search part.test upstream.test\n')
    cluster = await startCluster({ tools })
    upstream = await startUpstream()
    await cluster.apply(OBJECTS)
    const options = {
      corefile: corefile(cluster.kubeconfigs.token, search),
      env: { UPSTREAM: upstream.address },
    }
    ours = await startOurServer(options)
    theirs = await startCoreDNS({ coredns: tools.coredns, ...options })
    await Promise.all([ours.ready(), theirs.ready()])
  }, 120_000)

  afterAll(async () => {
    await Promise.all([ours?.stop(), theirs?.stop(), upstream?.stop()])
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  test(`${QUESTIONS} questions, each twice (seed ${seed})`, { timeout: 180_000 }, async () => {
    const random = createRandom(seed)
    const queries = Array.from({ length: QUESTIONS }, () => randomQuestion(random))
    const bothRd = askedWithBothRd(queries)
    const comparison = compareServers({
      ours: ours.port,
      theirs: theirs.port,
      explain: (pair) => {
        if (sameButClock(pair)) return 'TTLs and owner case'
        if (hasHiddenError(pair)) return 'error of the A lookup'
        if (isPodService(pair)) return 'pod-srv behind a search'
        return explainCorefile(pair, { imports: [], options: ['pods verified'], bothRd })
      },
    })
    const twice = queries.flatMap((query) => [query, query])
    const { differences } = await compareAll(comparison, twice, IN_FLIGHT)
    console.log('explained by a rule:', Object.fromEntries(comparison.used))
    expect(differences.join('\n\n')).toBe('')
  })

  test('the labels in the lines of log', async () => {
    const lines = ({ output }: DnsProcess) =>
      [...output().matchAll(/LABELS (.*)$/gm)].map(([, line]) => line!)
    for (const [i, [name, type]] of LABELLED.entries()) {
      await Promise.all(
        [ours, theirs].map(({ port }) => query({ port, name, type, tcp: name.startsWith('tcp') })),
      )
      const isWritten = () => [ours, theirs].every((server) => lines(server).length === i + 1)
      await waitFor(`the lines of ${name}`, isWritten, { detail: ours.output })
    }
    expect(lines(ours)).toEqual(lines(theirs))
  })

  test('the search of a Pod has found names', async () => {
    const found = /^coredns_autopath_success_total\{server="[^"]+"\} (\d+)$/m
    expect(ours.output()).not.toMatch(/panic/i)
    const metrics = await ours.metrics()
    expect(Number(found.exec(metrics)?.[1])).toBeGreaterThan(50)
  })
})
