// The flags of a fleet command in a test: the defaults of the command line, with in-memory clusters.
import type { FleetFlags } from '../../src/cli/fleet-flags.ts'
import { defaultSettings } from '../../src/fleet/config.ts'
import type { FakeMember } from './fake-member.ts'

export type Members = Readonly<Record<string, Pick<FakeMember, 'spec'>>>

/** The flags of `command`; `members` are by configured id, `changes` override defaults. */
export function commandFlags(
  command: FleetFlags['command'],
  hub: Pick<FakeMember, 'spec'>,
  members: Members,
  changes: Partial<FleetFlags> = {},
): FleetFlags {
  return {
    command,
    config: {
      ...defaultSettings,
      members: Object.entries(members).map(([id, { spec }]) => ({ id, spec })),
      listen: ':0',
      hub: hub.spec,
      secretsAllow: ['http'],
    },
    clusters: [],
    all: false,
    yes: false,
    installCrds: false,
    dryRun: false,
    exitCode: false,
    output: 'text',
    debug: false,
    logFormat: 'coredns',
    ...changes,
  }
}
