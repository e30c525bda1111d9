// Asks the named DNS servers for the addresses that a service has to have.
import { dnsName } from '../../fleet/explain/dns-links.ts'
import type { ObjectsExplanation } from '../../fleet/explain/explain.ts'
import type { DnsAnswers, DnsFacts, ExpectedAnswer } from '../../fleet/explain/facts.ts'
import { askDns } from './ask-dns.ts'
import type { DnsServer, ExplainFlags } from './explain-flags.ts'

/** The answers for each type of the addresses that are expected; never rejects but when the signal aborts. */
export async function askServers(
  { dns, clusterDns }: Pick<ExplainFlags, 'dns' | 'clusterDns'>,
  explanation: Pick<ObjectsExplanation, 'namespace' | 'name' | 'zone' | 'answers'>,
  signal: AbortSignal,
): Promise<DnsAnswers> {
  const name = dnsName(explanation)
  const types = typesOf(explanation.answers)
  const ask = async (server: DnsServer | undefined): Promise<readonly DnsFacts[] | undefined> =>
    server && Promise.all(types.map((type) => askDns(server, name, type, signal)))
  const [direct, before] = await Promise.all([ask(dns), ask(clusterDns)])
  return { dns: direct, clusterDns: before }
}

/** The types of the addresses; A where there are none. */
function typesOf(answers: readonly ExpectedAnswer[]): readonly DnsFacts['type'][] {
  const addresses = answers.flatMap((one) => one.addresses)
  const has6 = addresses.some((one) => one.includes(':'))
  const has4 = addresses.some((one) => !one.includes(':'))
  return [...(has4 || !has6 ? (['A'] as const) : []), ...(has6 ? (['AAAA'] as const) : [])]
}
