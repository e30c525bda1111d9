// The links of a service from its export to DNS, as `clusterset-dns explain` shows them.
import type { Link } from '../../fleet/explain/link.ts'
import { linkStates, stepsOf } from '../model/chain.ts'
import { Command } from './command.tsx'
import { State } from './mark.tsx'

interface ChainProps {
  readonly links: readonly Link[]
  /** Index of the first broken link; null when none is. */
  readonly firstBroken: number | null
}

/** One item for each link; those of several clusters are together. */
export function Chain({ links, firstBroken }: ChainProps) {
  const first = firstBroken === null ? undefined : links[firstBroken]
  return (
    <section class="chain">
      <h3>From export to answer</h3>
      <ol>
        {stepsOf(links).map(({ id, links: some }) => (
          <li key={id}>
            <h4>{id}</h4>
            <ul>
              {some.map((link) => (
                <LinkLine
                  key={`${link.at} ${link.text}`}
                  link={link}
                  isFirstBroken={link === first}
                />
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  )
}

function LinkLine({
  link,
  isFirstBroken,
}: {
  readonly link: Link
  readonly isFirstBroken: boolean
}) {
  const { at, state, text, command } = link
  return (
    <li class={isFirstBroken ? 'link first-broken' : 'link'}>
      <State {...linkStates[state]} />
      <div>
        {at !== '' && <b>{at} </b>}
        {text}
        {/* The command of the first broken link is above the chain. */}
        {command !== undefined && !isFirstBroken && <Command text={command} />}
      </div>
    </li>
  )
}
