// The conditions of the ServiceExports and ServiceImports of a service.
import type { Condition } from '../../fleet/api/conditions.ts'
import type { ObjectConditions } from '../../fleet/page/document.ts'
import { now } from '../live/store.ts'
import { clockTime } from '../model/words.ts'

/** One table; objects without a condition have a line that says so. */
export function Conditions({ objects }: { readonly objects: readonly ObjectConditions[] }) {
  if (objects.length === 0) return null
  return (
    <section class="conditions">
      <h3>Conditions</h3>
      {objects.map(({ cluster, kind, conditions }) => (
        <div key={`${cluster} ${kind}`}>
          <h4>
            {kind} at {cluster}
          </h4>
          {conditions.length === 0 ? (
            <p class="muted">It has no conditions yet.</p>
          ) : (
            <ul>
              {conditions.map((one) => (
                <Line key={one.type} condition={one} />
              ))}
            </ul>
          )}
        </div>
      ))}
    </section>
  )
}

function Line({ condition }: { readonly condition: Condition }) {
  const { type, status, reason, message, lastTransitionTime } = condition
  return (
    <li>
      <b>
        {type}={status}
      </b>{' '}
      {reason !== '' && reason !== type && <span class="badge">{reason}</span>}{' '}
      <span class="muted">since {clockTime(lastTransitionTime, now.value)}</span>
      {message !== '' && <div>{message}</div>}
    </li>
  )
}
