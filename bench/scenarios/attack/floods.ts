// Floods of UDP packets beside good load.
import { runNative } from '../../support/native.ts'
import type { Findings } from '../../support/report.ts'
import { startRig } from '../corefile/rig.ts'
import { CLIENT_CPU } from '../qps.ts'
import { type Attack, besideGoodLoad, ROUNDS } from './beside.ts'
import { SERVICES } from './good-load.ts'
import { isolated } from './namespace.ts'

/** The rate of a flood, as a share of the rate that saturates the server: with the good load, 90 % of its packets. */
const FLOOD_SHARE = 0.3
/** A name that is forwarded costs a server several times as much as one that it knows. */
const FORWARDED_SHARE = 0.1

/** A kind of bench/support/flood.c. */
export function flood(kind: string, name: string, share = FLOOD_SHARE): Attack {
  return {
    name,
    run: async (port, seconds, full) => {
      const numbers = [port, Math.round(share * full), seconds].map(String)
      await runNative('flood', CLIENT_CPU, kind, ...numbers)
    },
  }
}

/** What the same number of good questions does: at 90 % of saturation each queue is longer than at 60 %. */
const more: Attack = { ...flood('known', 'good questions of another client'), isControl: true }

const attacks: readonly Attack[] = [
  more,
  flood('unique', 'unique names through forward, 10 %', FORWARDED_SHARE),
  flood('unique', 'unique names through forward, 30 %'),
  flood('absent', 'unique names of our zone'),
  flood('any', 'ANY'),
  flood('garbage', 'garbage'),
  flood('spoofed', 'spoofed senders'),
]

/** Each kind of flood in turn. */
export async function floods(rounds = ROUNDS): Promise<Findings> {
  const rig = await startRig({ services: SERVICES, imports: SERVICES })
  const raw = isolated ? [flood('fragments', 'fragments')] : []
  try {
    return {
      ...(await besideGoodLoad(rig.servers, [...attacks, ...raw], rounds)),
      notes: [
        ...rig.failures,
        `Medians of ${rounds} rounds; of memory, the most.`,
        'A flood has 30 % of the rate that saturates its server, beside the good load of 60 %; of names that are forwarded also 10 %. The flooder (bench/support/flood.c) is another client than the good ones.',
        'Good questions of another client are no attack. They show what 90 % of saturation in place of 60 % does to the p99, whatever the packets are. `times theirs` compares a flood of 30 % with them.',
        'The senders of a spoofed flood are random addresses of 127.0.0.0/8. Of the fragmented queries every other one is never complete.',
        ...(isolated ? [] : ['Fragments are skipped: they need root, unshare and ip.']),
      ],
    }
  } finally {
    await rig.stop()
  }
}
