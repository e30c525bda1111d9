// What DNS answers: the server itself, and the cluster's DNS in front of it, which keeps answers.
import type {
  ClusterFacts,
  DnsAnswers,
  DnsFacts,
  DnsOutcome,
  ExpectedAnswer,
  ObjectFacts,
} from './facts.ts'
import { broken, failed, holds, type Link, unseen } from './link.ts'

/** The info code of a server that has not read its objects yet (RFC 8914 section 4.15). */
const NOT_READY = 14
const EDIT_COREFILE = 'edit configmap coredns'

type Named = Pick<ObjectFacts, 'namespace' | 'name' | 'zone'>

/** The name that clients ask for, without the final dot. */
export function dnsName({ namespace, name, zone }: Named): string {
  return `${name}.${namespace}.svc.${zone}`
}

/** The addresses that DNS answers in a cluster: those of the import, or of its ready endpoints if it is headless. */
export function expectedAnswer({ name, kubectl, snapshot }: ClusterFacts): ExpectedAnswer {
  return { cluster: name, kubectl, addresses: expectedAddresses(snapshot) }
}

function expectedAddresses(snapshot: ClusterFacts['snapshot']): readonly string[] {
  const { import: found, imported } = snapshot
  if (found === undefined) return []
  if (found.type === 'ClusterSetIP') return [...found.ips].sort()
  const ready = imported.flatMap(({ endpoints }) =>
    endpoints.filter(({ conditions }) => conditions.ready ?? true),
  )
  return [...new Set(ready.flatMap(({ addresses }) => addresses))].sort()
}

/** The links of DNS. `answers` are those that the servers may give. */
export function dnsLinks(
  facts: Named,
  { dns, clusterDns }: DnsAnswers,
  answers: readonly ExpectedAnswer[],
): readonly Link[] {
  const name = dnsName(facts)
  const expected = answers.map(({ addresses }) => addresses).filter((one) => one.length > 0)
  return [
    ...(dns?.map((one) => serverLink(one, facts, expected)) ?? [
      unseen({ id: 'dns', at: '' }, 'No DNS server was named.', `dig @SERVER ${name}`),
    ]),
    ...(clusterDns?.map((one) => clusterLink(one, facts, expected, answers[0])) ?? [
      unseen(
        { id: 'cluster-dns', at: '' },
        "The cluster's DNS was not named.",
        `kubectl run ask --rm -it --restart=Never --image=busybox -- nslookup ${name}`,
      ),
    ]),
  ]
}

type Expected = readonly (readonly string[])[]

function serverLink({ server, type, outcome }: DnsFacts, facts: Named, expected: Expected): Link {
  const at = { id: 'dns', at: server } as const
  const host = server.replace(/:\d+$/, '')
  if (outcome.kind !== 'reply') return noReply(at, outcome, server)
  const said = `${server} answers ${outcomeText(outcome)} for ${type} ${dnsName(facts)}`
  if (outcome.rcode === 'SERVFAIL' && outcome.ede?.code === NOT_READY) {
    const text = `${said}: the DNS server has not read the objects of its cluster yet.`
    return broken(at, text, `curl http://${host}:8181/ready`)
  }
  if (outcome.rcode === 'REFUSED' || isFromElsewhere(outcome, facts.zone)) {
    const text = `${said}: its Corefile has no server block with multicluster for ${facts.zone}.`
    return broken(at, text, 'clusterset-dns check -conf Corefile')
  }
  if (matches(outcome.addresses, type, expected)) return holds(at, `${said}.`)
  return broken(
    at,
    `${said}${expectedText(type, expected)}.`,
    `curl -s http://${host}:9153/metrics | grep -E 'watch_synced|table_'`,
  )
}

function clusterLink(
  { server, type, outcome }: DnsFacts,
  facts: Named,
  expected: Expected,
  cluster: ExpectedAnswer | undefined,
): Link {
  const at = { id: 'cluster-dns', at: server } as const
  if (outcome.kind !== 'reply') return noReply(at, outcome, server)
  const said = `The cluster's DNS ${server} answers ${outcomeText(outcome)} for ${type} ${dnsName(facts)}`
  if (matches(outcome.addresses, type, expected)) return holds(at, `${said}.`)
  const kubeSystem = `${cluster?.kubectl ?? 'kubectl'} -n kube-system`
  if (outcome.rcode === 'REFUSED' || isFromElsewhere(outcome, facts.zone)) {
    const text = `${said}: it does not forward ${facts.zone} to the DNS server.`
    return broken(at, text, `${kubeSystem} ${EDIT_COREFILE}`)
  }
  const restart = `${kubeSystem} rollout restart deployment/coredns`
  const { soa, ttl } = outcome
  if (soa !== undefined) {
    const text = `${said}${expectedText(type, expected)}: it keeps this denial for ${soa.ttl} s more; a restart forgets it.`
    return broken(at, text, restart)
  }
  const kept = ttl === undefined ? '' : `; it may keep an old answer for ${ttl} s`
  return broken(at, `${said}${expectedText(type, expected)}${kept}.`, restart)
}

function noReply(
  at: Pick<Link, 'id' | 'at'>,
  { kind, text }: Exclude<DnsOutcome, { kind: 'reply' }>,
  server: string,
): Link {
  const command = `dig @${server.replace(/:\d+$/, '')} -p ${server.replace(/^.*:/, '')} . SOA`
  if (kind === 'refused') return broken(at, `Nothing listens on ${server}: ${text}.`, command)
  return failed(at, `${server} does not answer: ${text}.`, command)
}

type Reply = Extract<DnsOutcome, { kind: 'reply' }>

function outcomeText({ rcode, ede, addresses, ttl }: Reply): string {
  const why = ede === undefined ? '' : ` (${ede.text || `extended error ${ede.code}`})`
  if (rcode !== 'NOERROR') return `${rcode}${why}`
  if (addresses.length === 0) return 'no address'
  return `${addresses.join(' and ')} with a TTL of ${ttl} s`
}

/** True for a negative answer that another zone gave: the root, or a parent of our zone. */
function isFromElsewhere({ rcode, addresses, soa }: Reply, zone: string): boolean {
  if (addresses.length > 0 || rcode === 'SERVFAIL') return false
  const owner = soa?.owner.toLowerCase()
  return owner !== undefined && owner !== zone && !owner.endsWith(`.${zone}`)
}

function matches(
  addresses: readonly string[],
  type: DnsFacts['type'],
  expected: Expected,
): boolean {
  if (addresses.length === 0) return false
  if (expected.length === 0) return true
  return expected.some((one) => ofType(one, type).join() === addresses.join())
}

function ofType(addresses: readonly string[], type: DnsFacts['type']): readonly string[] {
  return addresses.filter((one) => one.includes(':') === (type === 'AAAA'))
}

function expectedText(type: DnsFacts['type'], expected: Expected): string {
  const texts = [...new Set(expected.map((one) => ofType(one, type).join(' and ')))]
  return texts.length === 0 ? '' : `, instead of ${texts.join(', or ')}`
}
