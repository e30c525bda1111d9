// Which addresses a DNS server has to answer: those of an importing cluster. Which cluster it serves is not known.
import type { DnsFacts, DnsOutcome, ExpectedAnswer } from './facts.ts'

/** The right answers to one question: a list of addresses for each importing cluster that the server may serve. */
export type RightAnswers = readonly (readonly string[])[]

type Type = DnsFacts['type']

/** The right answers to the question for `type`. `asked` are all questions to the server, with its answers. */
export function rightAnswers(
  type: Type,
  asked: readonly DnsFacts[],
  answers: readonly ExpectedAnswer[],
): RightAnswers {
  const importers = answers.map(({ addresses }) => addresses).filter((one) => one.length > 0)
  const fitting = importers.filter((one) => asked.every((answer) => fits(answer, one)))
  const lists = (fitting.length > 0 ? fitting : importers).map((one) => ofType(one, type))
  // A cluster may have no address of one family, but not of both.
  return asked.every(({ outcome }) => isEmpty(outcome)) ? lists.filter(hasAddress) : lists
}

/** True for a right answer; while no cluster has an address, for any address. */
export function isRight(
  { rcode, addresses }: Extract<DnsOutcome, { kind: 'reply' }>,
  right: RightAnswers,
): boolean {
  if (addresses.length === 0 && rcode !== 'NOERROR') return false
  if (right.length === 0) return addresses.length > 0
  return right.some((one) => one.join() === addresses.join())
}

/** ", instead of 10.96.0.7, or 10.97.0.7"; '' when there is no address to name. */
export function insteadText(right: RightAnswers): string {
  const texts = [...new Set(right.filter(hasAddress).map((one) => one.join(' and ')))]
  return texts.length === 0 ? '' : `, instead of ${texts.join(', or ')}`
}

/** True if the answer has no address, or exactly those of the cluster. */
function fits({ type, outcome }: DnsFacts, addresses: readonly string[]): boolean {
  if (outcome.kind !== 'reply' || isEmpty(outcome)) return true
  return ofType(addresses, type).join() === outcome.addresses.join()
}

function isEmpty(outcome: DnsOutcome): boolean {
  return outcome.kind === 'reply' && outcome.addresses.length === 0
}

function ofType(addresses: readonly string[], type: Type): readonly string[] {
  return addresses.filter((one) => one.includes(':') === (type === 'AAAA'))
}

function hasAddress(addresses: readonly string[]): boolean {
  return addresses.length > 0
}
