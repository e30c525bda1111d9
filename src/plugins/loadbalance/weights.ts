// Reads weight files (coredns plugin/loadbalance parseWeights): a line with a name, then lines with an address and its weight.
//
//   www.example.org
//   192.0.2.1  10
//   192.0.2.2  20
import { addressBytes } from '../../dns/address.ts'

/** The weights of one name. */
export interface NameWeights {
  /** With a final dot, in lower case. */
  readonly name: string
  /** In the order of the file: the first line of an address counts. */
  readonly addresses: readonly { readonly bytes: Uint8Array; readonly weight: number }[]
}

/** The first fault of a file. */
interface WeightFault {
  /** From 1. */
  readonly line: number
  /** In characters, from 1. */
  readonly column: number
  /** CoreDNS' text, with FILE for the name of the file. */
  readonly message: string
}

type ParsedWeights = { readonly names: readonly NameWeights[] } | { readonly fault: WeightFault }

/** "FILE:LINE:COLUMN: MESSAGE". */
export function faultText({ line, column, message }: WeightFault, path: string): string {
  return `${path}:${line}:${column}: ${message.replace('FILE', () => path)}`
}

/** The weights of a file, or its first fault. */
export function parseWeights(text: string): ParsedWeights {
  const names = new Map<string, { bytes: Uint8Array; weight: number }[]>()
  let current: { bytes: Uint8Array; weight: number }[] | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fields = [...line.matchAll(/\S+/g)]
    const [first, second] = fields
    if (first === undefined || first[0].startsWith('#')) continue
    const fault = (at: RegExpExecArray, message: string): ParsedWeights => ({
      fault: { line: index + 1, column: at.index + 1, message },
    })
    if (fields.length > 2) {
      return fault(fields[2]!, `could not parse weight line:"${line.trim()}" in weight file FILE`)
    }
    const [word] = first
    const bytes = addressBytes(word)
    if (second === undefined) {
      if (bytes !== undefined) {
        const hint = '(Maybe a missing weight value?)'
        return fault(first, `wrong domain name:"${word}" in weight file FILE. ${hint}`)
      }
      const name = `${word.replace(/\.$/, '')}.`.toLowerCase()
      current = names.get(name) ?? []
      names.set(name, current)
      continue
    }
    if (bytes === undefined) return fault(first, `wrong IP address:"${word}" in weight file FILE`)
    const weight = Number(second[0])
    if (!/^\d+$/.test(second[0]) || weight < 1 || weight > 255) {
      return fault(second, `wrong weight value:"${second[0]}" in weight file FILE`)
    }
    if (current === undefined) return fault(first, 'missing domain name in weight file FILE')
    current.push({ bytes, weight })
  }
  return { names: [...names].map(([name, addresses]) => ({ name, addresses })) }
}
