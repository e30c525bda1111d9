// Asks a running fleet for the links of a service. DNS is asked from here.
import { CodedError } from '../../errors.ts'
import { objectsOf, stringOf, stringsOf } from '../../fleet/api/unstructured.ts'
import type { ObjectsExplanation } from '../../fleet/explain/explain.ts'
import { type Link, linkIds, linkStates } from '../../fleet/explain/link.ts'
import { asFields } from '../../kube/fields.ts'
import { askFleet } from '../cluster-source.ts'
import { requireCluster } from './collect.ts'
import type { ExplainFlags } from './explain-flags.ts'

/** Rejects with FLEET_API, or with FlagError for an unknown `from`. */
export async function askExplanation(
  { target, from }: Pick<ExplainFlags, 'target' | 'from'>,
  url: URL,
  signal: AbortSignal,
): Promise<ObjectsExplanation> {
  const { namespace, name } = target
  const query = new URLSearchParams({ namespace, name, ...(from === undefined ? {} : { from }) })
  const answer = asFields(await askFleet(url, `/explain.json?${query}`, signal))
  const links = objectsOf(answer?.links).map(readLink)
  if (links.length === 0 || links.includes(undefined)) {
    const text = `${url.origin} is no fleet that explains: is it of another version?`
    throw new CodedError('FLEET_API', text)
  }
  const clusters = stringsOf(answer?.clusters)
  requireCluster(from, clusters)
  return {
    ...target,
    // That of a shortened `amcs-` Service is longer.
    name: stringOf(answer?.name) || name,
    links: links.filter((one) => one !== undefined),
    clusters,
    answers: objectsOf(answer?.answers).map((one) => ({
      cluster: stringOf(one.cluster),
      kubectl: stringOf(one.kubectl),
      addresses: stringsOf(one.addresses),
    })),
  }
}

/** Undefined for a link that this version does not know. */
function readLink(raw: Readonly<Record<string, unknown>>): Link | undefined {
  const id = linkIds.find((one) => one === raw.id)
  const state = linkStates.find((one) => one === raw.state)
  if (id === undefined || state === undefined) return undefined
  const command = stringOf(raw.command)
  const link = { id, state, at: stringOf(raw.at), text: stringOf(raw.text) }
  return command === '' ? link : { ...link, command }
}
