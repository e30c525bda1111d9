// Reads the fields that DNS answers are made of. Nothing throws: an invalid value is left out and added to the
// ValidationProblems.
import { isIP } from 'node:net'
import { asFields, type Fields, isDnsLabel, isWrong, show } from '../kube/fields.ts'
import type { ServicePort } from './objects.ts'
import type { InvalidReason, ValidationProblems } from './validation.ts'

/** The end of the message about an object whose name or namespace is no DNS label. */
export const SKIPPED_NAME = 'cannot be part of a DNS name; it is skipped'

/** The names and the spec of a Service or ServiceImport; undefined, with a problem, for an object that is skipped. */
export function readNamed(raw: unknown, problems: ValidationProblems) {
  const { name, namespace } = asFields(asFields(raw)?.metadata) ?? {}
  if (!isDnsLabel(name) || !isDnsLabel(namespace)) {
    problems.add('metadata', `name ${show(name)} in namespace ${show(namespace)} ${SKIPPED_NAME}`)
    return undefined
  }
  const spec = asFields(asFields(raw)?.spec)
  if (spec === undefined) problems.add('spec', 'it has no spec; it is skipped')
  return spec && { namespace, name, spec }
}

/** A list; absent and null are empty (Go writes nil slices as null), any other value is a problem. */
export function asList(
  value: unknown,
  field: string,
  reason: InvalidReason,
  problems: ValidationProblems,
): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value !== undefined && value !== null) {
    problems.add(reason, `${field} is ${show(value)}, not a list; it counts as empty`)
  }
  return []
}

/** The entries that are IP addresses of `family` (4, 6, or either for 0). */
export function readAddresses(
  values: readonly unknown[],
  family: 0 | 4 | 6,
  field: string,
  reason: InvalidReason,
  problems: ValidationProblems,
): string[] {
  const kept: string[] = []
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    const kind = typeof value === 'string' && !value.includes('%') ? isIP(value) : 0
    if (kind !== 0 && (family === 0 || kind === family)) kept.push(value as string)
    else {
      const wanted = family === 0 ? 'an IP address' : `an IPv${family} address`
      problems.add(reason, `${field}[${i}] is ${show(value)}, not ${wanted}; it is left out`)
    }
  }
  return kept
}

/** The valid ports. In a slice a port without a number means "any port": it gets no record and is no problem. */
export function readPorts(
  value: unknown,
  field: string,
  numberOptional: boolean,
  problems: ValidationProblems,
): readonly ServicePort[] {
  const kept: ServicePort[] = []
  const list = asList(value, field, 'ports', problems)
  for (let i = 0; i < list.length; i++) {
    const port = readPort(asFields(list[i]), numberOptional)
    if (typeof port === 'object') kept.push(port)
    else if (port !== undefined) {
      problems.add('ports', `${field}[${i}]${port}; the port is left out`)
    }
  }
  return kept
}

/** A text says why the port cannot be used; undefined is a port that is left out without a word. */
function readPort(raw: Fields | undefined, numberOptional: boolean) {
  if (raw === undefined) return ' is not an object'
  const { port } = raw
  if (numberOptional && (port === undefined || port === null)) return undefined
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    return `.port ${isWrong(port, 'a number from 1 to 65535')}`
  }
  const name = lowered(raw.name)
  if (name !== '' && !isDnsLabel(name)) return `.name is ${show(raw.name)}, not a DNS label`
  const protocol = readProtocol(raw.protocol)
  if (protocol === undefined) return `.protocol is ${show(raw.protocol)}, not TCP, UDP or SCTP`
  return { name, protocol, port }
}

/** One text for all ports with the protocol: a copy for each would be a third of their memory. */
function readProtocol(value: unknown): string | undefined {
  if (value === undefined || value === null || value === 'TCP') return 'tcp'
  const protocol = lowered(value)
  return ['tcp', 'udp', 'sctp'].find((one) => one === protocol)
}

/** Lower-case text; '' for absent and null, undefined for other types and for over 255 characters. */
export function lowered(value: unknown): string | undefined {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' && value.length <= 255 ? value.toLowerCase() : undefined
}
