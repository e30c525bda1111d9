// The details of one cluster.
import type { Flow } from '../../fleet/page/document.ts'
import type { ClusterStatus } from '../../fleet/status/document.ts'
import { addressOf, tableAddress } from '../model/address.ts'
import { adviceFor } from '../model/cluster-advice.ts'
import { clusterState, count, duration, plural } from '../model/words.ts'
import { Command } from './command.tsx'
import { State } from './mark.tsx'

interface ClusterPanelProps {
  readonly cluster: ClusterStatus
  readonly flows: readonly Flow[]
}

/** What the fleet knows of it, and what to type when it is not ready. */
export function ClusterPanel({ cluster, flows }: ClusterPanelProps) {
  const { name, state, code, message } = cluster
  const advice = adviceFor(cluster)
  return (
    <section class="panel" aria-label={`Cluster ${name}`}>
      <h2>
        {name} <State {...clusterState(state)} />
        <a class="close" href={addressOf({ view: 'map', cluster: '' })}>
          Close
        </a>
      </h2>
      {message !== '' && (
        <p>
          {message}
          {code !== '' && <span class="badge">{code}</span>}
        </p>
      )}
      {advice !== undefined && (
        <>
          <p>{advice.text}</p>
          <Command text={advice.command} />
        </>
      )}
      <dl>
        {factsOf(cluster, flows).map(([term, text]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <p>
        <a href={tableAddress({ source: name })}>Services from {name}</a> ·{' '}
        <a href={tableAddress({ importer: name })}>Services in {name}</a> ·{' '}
        <a href={addressOf({ view: 'changes', cluster: name })}>Propagation</a>
      </p>
    </section>
  )
}

function factsOf(
  cluster: ClusterStatus,
  flows: readonly Flow[],
): readonly (readonly [string, string])[] {
  const { id, name, phase, clockSkewSeconds, kubernetes, crds, exports, imports, endpoints } =
    cluster
  const to = flows.filter(({ source }) => source === name)
  const from = flows.filter(({ consumer }) => consumer === name)
  const facts: readonly (readonly [string, string])[] = [
    ['Id', id ?? ''],
    ['Phase', phase ?? ''],
    ['Kubernetes', kubernetes],
    [
      'CRDs',
      [crds.serviceexports, crds.serviceimports]
        .filter((one, i, all) => all.indexOf(one) === i)
        .join(', '),
    ],
    ['Clock', clockSkewSeconds === null ? '' : skewText(clockSkewSeconds)],
    ['Exports', `${count(exports)} (${plural(endpoints.exported, 'endpoint')})`],
    ['Imports', `${count(imports)} (${plural(endpoints.imported, 'endpoint')})`],
    ['Serves', to.length === 0 ? 'nobody' : plural(to.length, 'cluster')],
    ['Is served by', from.length === 0 ? 'nobody' : plural(from.length, 'cluster')],
  ]
  return facts.filter(([, text]) => text !== '')
}

function skewText(seconds: number): string {
  if (Math.abs(seconds) < 1) return 'as ours'
  return `${duration(Math.abs(seconds))} ${seconds > 0 ? 'ahead' : 'behind'}`
}
