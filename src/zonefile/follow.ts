// Follows aliases (coredns plugin/file externalLookup): from record to record in the zone, and with a question to this server
// for names that the zone does not have.
import { NOERROR, NXDOMAIN, SERVFAIL, TYPE_CNAME } from '../dns/codes.ts'
import type { RR } from '../dns/message.ts'
import { targetAddresses } from './additional.ts'
import {
  delegation,
  isForApex,
  type Outcome,
  type ZoneAnswer,
  type ZoneQuestion,
} from './answer.ts'
import { ancestorsOf, keyAt, wireOf } from './name-key.ts'
import { ofType, signatures, signed, type Zone, type ZoneNode } from './zone.ts'

/** CNAME records that are followed in the zone, but for the first one. */
const MAX_STEPS = 9

/** The answer to the question through `aliases`, the CNAME records of `node`. */
export async function follow(
  question: ZoneQuestion,
  node: ZoneNode,
  aliases: readonly RR[],
): Promise<ZoneAnswer> {
  const { zone, type, dnssec } = question
  const answers = dnssec ? [...aliases, ...signatures(node, TYPE_CNAME)] : [...aliases]
  let [alias] = aliases
  for (let steps = 0; alias !== undefined; steps++) {
    const target = keyAt(alias.data)
    const referral = cutAbove(question, target)
    if (referral !== undefined) return { ...referral, answers }
    const next = zone.find(target)
    if (next === undefined || isForApex(zone, target, type)) {
      return elsewhere(question, target, answers)
    }
    if (steps === MAX_STEPS) break
    const more = ofType(next, TYPE_CNAME)
    if (more.length === 0) {
      answers.push(...signed(next, type, dnssec && ofType(next, type).length > 0))
      break
    }
    answers.push(...signed(next, TYPE_CNAME, dnssec))
    alias = more[0]
  }
  return found(question, answers, 'success')
}

/** The first zone cut between the zone and `name` (coredns plugin/file findDelegation). */
function cutAbove(question: ZoneQuestion, name: string): ZoneAnswer | undefined {
  const { zone } = question
  for (const key of belowLabels(zone, name)) {
    const node = zone.find(key)
    const referral = node && delegation({ ...question, name }, node)
    if (referral !== undefined) return referral
  }
  return undefined
}

/** The names above `name` that have more labels than the zone, the shortest first, then `name`; not the zone's own. */
function belowLabels(zone: Zone, name: string): readonly string[] {
  const own = [...ancestorsOf(zone.origin)].length
  const names = [name, ...ancestorsOf(name)]
  return names.slice(0, Math.max(0, names.length - own - 1)).reverse()
}

async function elsewhere(
  question: ZoneQuestion,
  target: string,
  answers: readonly RR[],
): Promise<ZoneAnswer> {
  const reply = await question.ask(wireOf(target), question.type)
  if (reply === undefined) return found(question, answers, 'failed')
  return found(question, [...answers, ...reply.answers], outcomeOf(reply.rcode, reply.answers))
}

function outcomeOf(rcode: number, answers: readonly RR[]): Outcome {
  if (rcode === NXDOMAIN) return 'no name'
  if (rcode === SERVFAIL) return 'failed'
  return rcode === NOERROR && answers.length === 0 ? 'no data' : 'success'
}

function found(
  { zone, dnssec }: ZoneQuestion,
  answers: readonly RR[],
  outcome: Outcome,
): ZoneAnswer {
  const isNegative = outcome === 'no name' || outcome === 'no data'
  return {
    outcome,
    answers,
    authorities: isNegative ? zone.soaRecords(dnssec) : zone.nsRecords(dnssec),
    additionals: targetAddresses(zone, answers, dnssec),
  }
}
