// Names of a zone of the cluster that are answered like other names (`uncompiled-names.ts`): for the handler, which asks
// for these and puts the asked name in their place.

/** A relative name as a list of lower-case labels. */
type Labels = readonly string[]

const SERVICE_LABELS = 3
const PROTOCOLS = ['_tcp', '_udp', '_sctp']

/**
 * Returns the names whose records together answer for the relative name with these lower-case labels; none when the name
 * has no other spelling.
 */
export function spellings(labels: Labels): readonly Labels[] {
  const more = labels.length - SERVICE_LABELS
  if (labels.at(-1) !== 'svc' || more < 2) return []
  const service = labels.slice(more)
  if (more > 2) return labels[more - 2] === 'prefer' ? [service] : []
  const [port = '', protocol = ''] = labels
  if (protocol === '_') {
    if (port === '_') return [service]
    return PROTOCOLS.map((one) => [underscored(port), one, ...service])
  }
  const spelled = [underscored(port), underscored(protocol)]
  return spelled[0] === port && spelled[1] === protocol ? [] : [[...spelled, ...service]]
}

function underscored(label: string): string {
  return label.startsWith('_') ? label : `_${label}`
}
