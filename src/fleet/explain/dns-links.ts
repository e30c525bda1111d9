// What DNS answers: the server itself, and the cluster's DNS in front of it, which keeps answers.
import { expectedAddresses } from '../api/served.ts'
import { insteadText, isRight, type RightAnswers, rightAnswers } from './dns-expected.ts'
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

/** The links of DNS. `answers` are those that the servers may give. */
export function dnsLinks(
  facts: Named,
  { dns, clusterDns }: DnsAnswers,
  answers: readonly ExpectedAnswer[],
): readonly Link[] {
  const name = dnsName(facts)
  return [
    ...(dns?.map((one) => serverLink(one, facts, rightAnswers(one.type, dns, answers))) ?? [
      unseen({ id: 'dns', at: '' }, 'No DNS server was named.', `dig @SERVER ${name}`),
    ]),
    ...(clusterDns?.map((one) =>
      clusterLink(one, facts, rightAnswers(one.type, clusterDns, answers), kubectlIn(answers)),
    ) ?? [
      unseen(
        { id: 'cluster-dns', at: '' },
        "The cluster's DNS was not named.",
        `${kubectlIn(answers)} run ask --rm -it --restart=Never --image=busybox -- nslookup ${name}`,
      ),
    ]),
  ]
}

/** The words of a command in the cluster whose DNS was asked: it is known if there is only one. */
function kubectlIn(answers: readonly ExpectedAnswer[]): string {
  const [first, second] = answers
  return first !== undefined && second === undefined ? first.kubectl : 'kubectl --context CLUSTER'
}

function serverLink({ server, type, outcome }: DnsFacts, facts: Named, right: RightAnswers): Link {
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
  if (isRight(outcome, right)) return holds(at, `${said}.`)
  return broken(
    at,
    `${said}${insteadText(right)}.`,
    `curl -s http://${host}:9153/metrics | grep -E 'watch_synced|table_'`,
  )
}

function clusterLink(
  { server, type, outcome }: DnsFacts,
  facts: Named,
  right: RightAnswers,
  kubectl: string,
): Link {
  const at = { id: 'cluster-dns', at: server } as const
  if (outcome.kind !== 'reply') return noReply(at, outcome, server)
  const said = `The cluster's DNS ${server} answers ${outcomeText(outcome)} for ${type} ${dnsName(facts)}`
  const kubeSystem = `${kubectl} -n kube-system`
  if (outcome.rcode === 'REFUSED' || isFromElsewhere(outcome, facts.zone)) {
    const text = `${said}: it does not forward ${facts.zone} to the DNS server.`
    return broken(at, text, `${kubeSystem} ${EDIT_COREFILE}`)
  }
  if (isRight(outcome, right)) return holds(at, `${said}.`)
  const restart = `${kubeSystem} rollout restart deployment/coredns`
  const { soa, ttl } = outcome
  if (soa !== undefined) {
    const text = `${said}${insteadText(right)}: it keeps this denial for ${soa.ttl} s more; a restart forgets it.`
    return broken(at, text, restart)
  }
  const kept = ttl === undefined ? '' : `; it may keep an old answer for ${ttl} s`
  return broken(at, `${said}${insteadText(right)}${kept}.`, restart)
}

function noReply(
  at: Pick<Link, 'id' | 'at'>,
  { kind, text }: Exclude<DnsOutcome, { kind: 'reply' }>,
  server: string,
): Link {
  // dig takes an IPv6 address without brackets.
  const host = server.replace(/:\d+$/, '').replaceAll(/[[\]]/g, '')
  const command = `dig @${host} -p ${server.replace(/^.*:/, '')} . SOA`
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
