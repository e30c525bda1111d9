// DNAME (RFC 6672 section 2.2): the part of a name below the owner stands below the target.
import { NAME_MAX_SIZE } from '../dns/codes.ts'
import { keyAt } from './name-key.ts'

/** The key of `name`, which is below `owner`, with the target of a DNAME in its place; undefined if it is too long. */
export function substituted(name: string, owner: string, target: Uint8Array): string | undefined {
  const key = name.slice(0, name.length - owner.length) + keyAt(target)
  return key.length > NAME_MAX_SIZE ? undefined : key
}
