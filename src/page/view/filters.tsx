// Search and filters of the table. Each change replaces the address.
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { replacePlace } from '../live/place.ts'
import type { Filter } from '../model/filter.ts'
import type { Rows } from '../model/rows.ts'
import { byName, serviceStates } from '../model/words.ts'

interface FiltersProps {
  readonly filter: Filter
  readonly rows: Rows
}

type Options = readonly (readonly [value: string, text: string])[]

const STATES: Options = [
  ['', 'Any state'],
  ['problem', 'Not whole'],
  ...Object.entries(serviceStates).map(
    ([state, { word }]) => [state, word.replace(/^./, (first) => first.toUpperCase())] as const,
  ),
]

/** One field for each part of the filter. "/" moves to the search. */
export function Filters({ filter, rows }: FiltersProps) {
  const search = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { target, key } = event
      const isTyping = target instanceof HTMLInputElement || target instanceof HTMLSelectElement
      if (key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      search.current?.focus()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
  const set = (change: Partial<Filter>) =>
    replacePlace({ view: 'services', filter: { ...filter, ...change } })
  const known = useMemo(() => optionsOf(rows), [rows])
  return (
    <search class="filters">
      <label class="grow">
        <span>Search</span>
        <input
          ref={search}
          type="search"
          value={filter.q}
          placeholder="Name, address or error; press / to search"
          onInput={({ currentTarget }) => set({ q: currentTarget.value })}
        />
      </label>
      <Select
        label="State"
        value={filter.state}
        options={STATES}
        onSet={(state) => set({ state })}
      />
      <Select
        label="From"
        value={filter.source}
        options={[['', 'Any cluster'], ...known.clusters]}
        onSet={(source) => set({ source })}
      />
      <Select
        label="Into"
        value={filter.importer}
        options={[['', 'Any cluster'], ...known.clusters]}
        onSet={(importer) => set({ importer })}
      />
      <Select
        label="Conflict"
        value={filter.conflict}
        options={[['', 'Any'], ['yes', 'With conflict'], ...known.reasons]}
        onSet={(conflict) => set({ conflict })}
      />
      <Select
        label="Namespace"
        value={filter.namespace}
        options={[['', 'Any'], ...known.namespaces]}
        onSet={(namespace) => set({ namespace })}
      />
    </search>
  )
}

interface SelectProps {
  readonly label: string
  readonly value: string
  readonly options: Options
  readonly onSet: (value: string) => void
}

/** A value of the address that is no option stays visible. */
function Select({ label, value, options, onSet }: SelectProps) {
  const all = options.some(([known]) => known === value)
    ? options
    : [...options, [value, value] as const]
  return (
    <label class={value === '' ? undefined : 'set'}>
      <span>{label}</span>
      <select value={value} onChange={({ currentTarget }) => onSet(currentTarget.value)}>
        {all.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

function optionsOf({ services, clusters }: Rows) {
  const namespaces = new Set<string>()
  const reasons = new Set<string>()
  for (const { service, conflicts } of services) {
    namespaces.add(service.slice(0, service.indexOf('/')))
    for (const reason of conflicts) reasons.add(reason)
  }
  const same = (values: Iterable<string>): Options =>
    [...values].sort(byName).map((one) => [one, one])
  return { clusters: same(clusters), namespaces: same(namespaces), reasons: same(reasons) }
}
