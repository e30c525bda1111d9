// Replaces names as text (coredns plugin/rewrite stringRewriter and the name rules). Names have a final dot; texts of rules
// are in lower case.
import { findRegExp } from '../../corefile/regexp.ts'
import type { NameMatch } from './rules.ts'

/** The name that takes the place of `name`; undefined if the name is not one to replace. */
export type Replace = (name: string) => string | undefined

/** True if a name, in lower case, is one of those that `match` means. */
export function matcherOf({ kind, from }: NameMatch): (name: string) => boolean {
  switch (kind) {
    case 'exact':
      return (name) => name === from
    case 'prefix':
      return (name) => name.startsWith(from)
    case 'suffix':
      return (name) => name.endsWith(from)
    case 'substring':
      return (name) => name.includes(from)
    case 'regex': {
      const replace = byPattern(from, '')
      return (name) => replace(name) !== undefined
    }
  }
}

/** Replaces what `match` means by `to`. */
export function replacerOf({ kind, from }: NameMatch, to: string): Replace {
  switch (kind) {
    case 'exact':
      return (name) => (name === from ? to : undefined)
    case 'prefix':
      return (name) => (name.startsWith(from) ? to + name.slice(from.length) : undefined)
    case 'suffix':
      return bySuffix(from, to)
    case 'substring':
      return (name) => (name.includes(from) ? name.replaceAll(from, () => to) : undefined)
    case 'regex':
      return byPattern(from, to)
  }
}

/** Replaces the end of a name, in any case. */
export function bySuffix(from: string, to: string): Replace {
  return (name) =>
    hasSuffix(name, from) ? name.slice(0, name.length - from.length) + to : undefined
}

/** Replaces a name and the end of the names below it, in any case. */
export function byName(from: string, to: string): Replace {
  const below = bySuffix(`.${from}`, `.${to}`)
  return (name) => (name.toLowerCase() === from ? to : below(name))
}

function hasSuffix(name: string, suffix: string): boolean {
  return name.length >= suffix.length && name.slice(-suffix.length).toLowerCase() === suffix
}

/** `to` takes the place of the whole name if the pattern matches somewhere in it. */
export function byPattern(pattern: string, to: string): Replace {
  const compiled = findRegExp(pattern)
  // The setup has compiled it before.
  if (!compiled.ok) throw new Error(compiled.message)
  const { find } = compiled.value
  return (name) => {
    const groups = find(name)
    return groups?.reduce((text, value, group) => text.replaceAll(`{${group}}`, () => value), to)
  }
}
