// The name of a zone out of the name of its file (coredns plugin/auto matches), with Go's rules for templates
// (regexp.Expand).
import { findRegExp } from '../../corefile/regexp.ts'
import { nameToWire } from '../../dns/name.ts'

/** `$name`, `${name}` or `$$`; what is none of them is left out, as Go does. */
const PLACE = /\$(?:\$|\{(\w+)\}|(\w+))|\$/g

/** `{1}` of a Corefile as `${1}` (coredns plugin/auto rewriteToExpand). */
export function expandable(template: string): string {
  return template.replaceAll('{', '${')
}

/**
 * Returns the function from the name of a file to the name of its zone, a lower-case FQDN; undefined for a file that is
 * none. The pattern must be valid.
 */
export function zoneNamer(pattern: string, template: string): (file: string) => string | undefined {
  const compiled = findRegExp(pattern)
  if (!compiled.ok) throw new Error(compiled.message)
  const { find, named } = compiled.value
  return (file) => {
    const groups = find(file)
    if (groups === undefined) return undefined
    const name = template.replaceAll(PLACE, (place, braced?: string, plain?: string) => {
      if (place === '$$') return '$'
      const group = braced ?? plain ?? ''
      const index = /^\d+$/.test(group) ? Number(group) : named.get(group)
      return index === undefined ? '' : (groups[index] ?? '')
    })
    const origin = `${name.toLowerCase().replace(/\.$/, '')}.`
    return name === '' || nameToWire(origin) === undefined ? undefined : origin
  }
}
