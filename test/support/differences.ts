// Compares our answers with those of CoreDNS. Each allowed difference has a rule whose id is in
// docs/compatibility.md.
import type { Message, ResourceRecord } from './dns-decode.ts'
import type { QuerySpec } from './dns-encode.ts'
import type { GeneratedService } from './random-objects.ts'

export interface Compared {
  readonly spec: QuerySpec
  readonly ours: Message | undefined
  readonly theirs: Message | undefined
  /** The Service of the name. */
  readonly service: GeneratedService | undefined
}

interface DifferenceRule {
  /** The id of the rule in docs/compatibility.md. */
  readonly id: string
  readonly explains: (compared: Compared, zone: string) => boolean
}

/** The parts of a message that must be equal, as text; records are sorted. */
export function comparable(message: Message | undefined): string {
  if (message === undefined) return 'no reply'
  const { rcode, flags, question, opt } = message
  return [
    `${rcode} [${flags.text}] ${flags.opcode}`,
    `question ${question?.name} ${question?.class} ${question?.type}`,
    ...sorted(message.answers, 'answer'),
    ...sorted(message.authority, 'authority'),
    ...sorted(message.additional, 'additional'),
    opt === undefined
      ? 'no opt'
      : `opt ${opt.size} ${opt.version} ${opt.do} ${opt.z} ${opt.options
          .map(({ code, data }) => `${code}=${Buffer.from(data).toString('hex')}`)
          .join(' ')}`,
  ].join('\n')
}

function sorted(records: readonly ResourceRecord[], section: string): string[] {
  return records.map((record) => `${section} ${recordText(record, section)}`).sort()
}

function recordText(record: ResourceRecord, section: string): string {
  // srv-target-case: our SRV targets and their additional records have the zone in lower case.
  if (record.type === 'SRV' || section === 'additional') return record.text.toLowerCase()
  // soa-serial: our serial changes with every visible change.
  if (record.type === 'SOA') return record.text.replace(/ \d+ 7200 /, ' SERIAL 7200 ')
  return record.text
}

/** True when only TTLs and letter case differ: what caches change. */
export function sameButTtls(ours: Message | undefined, theirs: Message | undefined): boolean {
  const text = (message: Message | undefined) =>
    lines(message, lowerCase)
      .map((line) => line.text)
      .join('\n')
  return text(ours) === text(theirs)
}

/**
 * True when only TTLs differ, by a second: what two caches show that were filled one after the other. `fold` is applied
 * to what is compared.
 */
export function differByClock(
  ours: Message | undefined,
  theirs: Message | undefined,
  fold = (text: string) => text,
): boolean {
  const [mine, other] = [lines(ours, fold), lines(theirs, fold)]
  return (
    mine.length === other.length &&
    mine.every(({ text, ttl }, i) => text === other[i]!.text && Math.abs(ttl - other[i]!.ttl) <= 1)
  )
}

/** The text in lower case: owners in any letter case are the same. */
export function lowerCase(text: string): string {
  return text.toLowerCase()
}

/** The folded lines of `comparable`, without TTLs, in the order of their texts. */
function lines(
  message: Message | undefined,
  fold: (text: string) => string,
): { readonly text: string; readonly ttl: number }[] {
  const all = fold(comparable(message))
    .split('\n')
    .map((line) => {
      const ttl = / (\d+) (?:in|ch) /i.exec(line)?.[1] ?? '0'
      return { text: line.replace(` ${ttl} `, ' TTL '), ttl: Number(ttl) }
    })
  return all.sort((a, b) => (a.text < b.text ? -1 : 1))
}

function lowerName(spec: QuerySpec): string {
  return spec.name.toLowerCase().replace(/\.$/, '')
}

function isNodata(message: Message | undefined): boolean {
  return message?.rcode === 'NOERROR' && message.answers.length === 0
}

/** The generated Service of a name in the zone. */
export function serviceOf(
  spec: QuerySpec,
  zone: string,
  services: readonly GeneratedService[],
): GeneratedService | undefined {
  const name = lowerName(spec)
  return services.find(({ name: service, namespace }) => {
    const base = `${service}.${namespace}.svc.${zone}`
    return name === base || name.endsWith(`.${base}`)
  })
}

/** True for `_<protocol>.<service>` and `<cluster>.<service>` when the Service has such ports or hosts. */
function isBetween(name: string, zone: string, service: GeneratedService | undefined): boolean {
  if (service === undefined) return false
  const base = `.${service.name}.${service.namespace}.svc.${zone}`
  const label = name.slice(0, -base.length)
  if (label.startsWith('_'))
    return service.portNames.some((port) => port !== '') && !label.includes('.')
  return service.hosts.some((host) => host.toLowerCase().endsWith(`.${label}`))
}

export const rules: readonly DifferenceRule[] = [
  {
    id: 'txt-nodata',
    explains: ({ spec, ours, theirs }, zone) =>
      (spec.type === 'TXT' || (spec.type === 'PTR' && lowerName(spec) === `ns.dns.${zone}`)) &&
      isNodata(ours) &&
      theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'empty-non-terminal',
    explains: ({ spec, ours, theirs, service }, zone) =>
      (lowerName(spec) === `dns.${zone}` || isBetween(lowerName(spec), zone, service)) &&
      isNodata(ours) &&
      theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'dns-version',
    explains: ({ spec, ours, theirs }, zone) =>
      lowerName(spec) === `dns-version.${zone}` &&
      ours?.answers[0]?.data === '"1.0.0"' &&
      theirs?.answers[0]?.data === '"1.1.0"' &&
      comparable(ours).replace('1.0.0', '1.1.0') === comparable(theirs),
  },
  {
    id: 'dns-version-nodata',
    explains: ({ spec, ours, theirs }, zone) =>
      lowerName(spec) === `dns-version.${zone}` &&
      spec.type !== 'TXT' &&
      isNodata(ours) &&
      theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'pending-negative-ttl',
    explains: ({ ours, theirs }) =>
      comparable(ours).includes(' 1 IN SOA ') &&
      comparable(ours) === comparable(theirs).replace(/ \d+ IN SOA /, ' 1 IN SOA '),
  },
  {
    id: 'apex-ns-addresses',
    explains: ({ spec, ours, theirs }, zone) =>
      ((lowerName(spec) === zone && spec.type === 'NS') || lowerName(spec) === `ns.dns.${zone}`) &&
      ours?.rcode === 'NOERROR' &&
      theirs?.rcode === 'NOERROR',
  },
  {
    id: 'apex-ns-case',
    explains: ({ spec, ours, theirs }, zone) =>
      !spec.name.includes(zone) &&
      ((lowerName(spec) === zone && isNodata(theirs)) ||
        (lowerName(spec) === `ns.dns.${zone}` && theirs?.rcode === 'NXDOMAIN')) &&
      ours?.rcode === 'NOERROR',
  },
  {
    id: 'import-without-ports',
    explains: ({ ours, theirs, service }) =>
      service?.portless === true && ours?.rcode === 'NOERROR' && theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'port-without-protocol',
    explains: ({ spec, ours, theirs }) =>
      lowerName(spec).startsWith('_plain._tcp.') &&
      ours?.rcode === 'NOERROR' &&
      theirs?.rcode === 'NXDOMAIN',
  },
  {
    id: 'half-underscore',
    explains: ({ spec, ours, theirs }) =>
      ours?.rcode === 'NXDOMAIN' &&
      theirs?.rcode === 'NOERROR' &&
      /^(_[^.]*\.[^_.][^.]*|[^_.][^.]*\._[^.]*)\./.test(lowerName(spec)),
  },
]
