// The OPT record of a message that dns-packet encodes.
import type { Answer, PacketOpt } from 'dns-packet'

/** OPT with version 0 and without DO. */
export function packetOpt(udpPayloadSize = 1232, options: PacketOpt[] = []) {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options,
  } satisfies Answer
}
