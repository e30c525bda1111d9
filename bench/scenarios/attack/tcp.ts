// TCP connections that are held and not used, beside good load by UDP and TCP.
import { runNative } from '../../support/native.ts'
import type { Findings } from '../../support/report.ts'
import { startRig } from '../corefile/rig.ts'
import { CLIENT_CPU } from '../qps.ts'
import { type Attack, besideGoodLoad, ROUNDS } from './beside.ts'
import { flood } from './floods.ts'
import { SERVICES } from './good-load.ts'
import { isolated } from './namespace.ts'

const HALF_OPEN_RATE = 2000

/** `count` connections of a kind of bench/support/hold.c. */
function hold(kind: string, name: string, count: number): Attack {
  return {
    name: `${count} ${name}`,
    run: async (port, seconds) => {
      await runNative('hold', CLIENT_CPU, kind, ...[port, count, seconds].map(String))
    },
  }
}

const halfOpen: Attack = {
  ...flood('syn', `half-open connections, ${HALF_OPEN_RATE} a second`),
  run: async (port, seconds) => {
    const numbers = [port, HALF_OPEN_RATE, seconds].map(String)
    await runNative('flood', CLIENT_CPU, 'syn', ...numbers)
  },
}

const attacks: readonly Attack[] = [
  hold('idle', 'idle connections', 10_000),
  hold('write', 'slow writers', 4000),
  hold('read', 'slow readers', 1000),
]

/** Each kind of connection in turn. */
export async function tcp(rounds = ROUNDS): Promise<Findings> {
  const rig = await startRig({ services: SERVICES, imports: SERVICES })
  try {
    return {
      ...(await besideGoodLoad(
        rig.servers,
        [...attacks, ...(isolated ? [halfOpen] : [])],
        rounds,
        true,
      )),
      notes: [
        ...rig.failures,
        `Medians of ${rounds} rounds; of memory, the most.`,
        'The connections come from 256 addresses; the attacker (bench/support/hold.c) opens again what the server closes. Slow writers send two bytes a second. Slow readers send queries as fast as the server reads them, and read no reply.',
        ...(isolated ? [] : ['Half-open connections are skipped: they need root, unshare and ip.']),
      ],
    }
  } finally {
    await rig.stop()
  }
}
