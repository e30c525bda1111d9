// Whether a name of a hosts file is in the zones of its directive.

/** True if a wire name without its root byte (`name[0 .. length)`) is in one of the zones (wire names, lower case). */
export function inZones(name: Uint8Array, length: number, zones: readonly Uint8Array[]): boolean {
  for (let i = 0; i < zones.length; i++) if (isIn(name, length, zones[i]!)) return true
  return false
}

function isIn(name: Uint8Array, length: number, zone: Uint8Array): boolean {
  const size = zone.length - 1
  const offset = length - size
  if (offset < 0) return false
  for (let i = 0; i < size; i++) if (name[offset + i] !== zone[i]) return false
  // The zone must begin at a label.
  let at = 0
  while (at < offset) at += name[at]! + 1
  return at === offset
}
