// One service: what is broken and what mends it, its chain, its history and its conditions.
import type { ServiceDocument } from '../../fleet/page/document.ts'
import { useDocument } from '../live/view-document.ts'
import { tableAddress } from '../model/address.ts'
import { linkStates } from '../model/chain.ts'
import { serviceStates } from '../model/words.ts'
import { Chain } from './chain.tsx'
import { Command } from './command.tsx'
import { Conditions } from './conditions.tsx'
import { Empty, Loading } from './empty.tsx'
import { History } from './history.tsx'
import { Mark, State } from './mark.tsx'

interface ServiceViewProps {
  readonly namespace: string
  readonly name: string
}

/** The view of one service. */
export function ServiceView({ namespace, name }: ServiceViewProps) {
  const address = `service.json?name=${encodeURIComponent(`${namespace}/${name}`)}`
  const { document, error } = useDocument<ServiceDocument>(address).value
  if (document === undefined) return <Loading what={`${namespace}/${name}`} error={error} />
  return (
    <>
      <header class="service-head">
        <p>
          <a href={tableAddress({})}>Services</a> /{' '}
          <a href={tableAddress({ namespace })}>{namespace}</a>
        </p>
        <h2>
          {name} <ServiceState document={document} />
        </h2>
      </header>
      {document.missing ? <Missing document={document} /> : <Broken document={document} />}
      <div class="columns">
        <Chain links={document.explanation.links} firstBroken={document.firstBroken} />
        <div>
          <History document={document} />
          <Conditions objects={document.conditions} />
        </div>
      </div>
    </>
  )
}

/** The worst of its links, as in the table. */
function ServiceState({ document }: { readonly document: ServiceDocument }) {
  if (document.missing) return <State tone="idle" word="no such service" />
  const states = new Set(document.explanation.links.map(({ state }) => state))
  const state = (['broken', 'failed', 'warning'] as const).find((one) => states.has(one)) ?? 'holds'
  return <State {...serviceStates[state]} />
}

/** The first broken link: what to mend first. */
function Broken({
  document: { explanation, firstBroken },
}: {
  readonly document: ServiceDocument
}) {
  const link = firstBroken === null ? undefined : explanation.links[firstBroken]
  if (link === undefined) return null
  return (
    <section class="panel broken">
      <h3>
        <Mark tone="bad" />
        Mend this first: {link.id}
        {link.at !== '' && ` at ${link.at}`}
      </h3>
      <p>{link.text}</p>
      {link.command !== undefined && <Command text={link.command} />}
    </section>
  )
}

/** No cluster has anything of this name; the chain says what to do. */
function Missing({ document }: { readonly document: ServiceDocument }) {
  const link = document.explanation.links.find(({ command }) => command !== undefined)
  return (
    <Empty title={`No cluster exports or imports ${document.service}.`}>
      {link === undefined ? 'Is the name right?' : `${linkStates[link.state].word}: ${link.text}`}
      {link?.command !== undefined && <Command text={link.command} />}
      <a href={tableAddress({ q: document.explanation.name })}>Search for it</a>
    </Empty>
  )
}
