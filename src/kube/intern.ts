// One copy of the strings and port lists that thousands of objects share (namespace, cluster and port
// names). The tables are bounded: when full they start again, which costs sharing and nothing else.
import type { ServicePort } from './objects.ts'

const LIMIT = 65_536
const strings = new Map<string, string>()
const portLists = new Map<string, readonly ServicePort[]>()

/** The first string seen with this content. */
export function intern(text: string): string {
  const known = strings.get(text)
  if (known !== undefined) return known
  if (strings.size >= LIMIT) strings.clear()
  strings.set(text, text)
  return text
}

/** The first port list seen with this content. */
export function internPorts(ports: readonly ServicePort[]): readonly ServicePort[] {
  let key = ''
  for (const port of ports) key += `${port.name}/${port.protocol}/${port.port},`
  const known = portLists.get(key)
  if (known !== undefined) return known
  if (portLists.size >= LIMIT) portLists.clear()
  portLists.set(key, ports)
  return ports
}
