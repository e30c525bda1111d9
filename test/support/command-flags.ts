// The flags of a fleet command in a test: the defaults of the command line, with in-memory clusters.
import type { FleetFlags } from '../../src/cli/fleet-flags.ts'
import { defaultExportLimits } from '../../src/fleet/api/export-limits.ts'
import { openPolicies } from '../../src/fleet/api/member-policy.ts'
import { defaultRateLimits } from '../../src/fleet/controller/rate-limiter.ts'
import { defaultLeaderTimes } from '../../src/fleet/hub/leader-election.ts'
import { defaultLeaseTimes } from '../../src/fleet/hub/lease-state.ts'
import { DEFAULT_MEMBER_BYTES } from '../../src/fleet/member/member-limits.ts'
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
      members: Object.entries(members).map(([id, { spec }]) => ({ id, spec })),
      policies: openPolicies,
      importMode: 'manual',
      exportLimits: defaultExportLimits,
      listen: ':0',
      writes: defaultRateLimits,
      hub: hub.spec,
      leases: defaultLeaseTimes,
      leader: defaultLeaderTimes,
      memberBytes: DEFAULT_MEMBER_BYTES,
      secretsAllow: ['http'],
    },
    clusters: [],
    all: false,
    yes: false,
    installCrds: false,
    dryRun: false,
    debug: false,
    logFormat: 'coredns',
    ...changes,
  }
}
