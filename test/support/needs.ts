// Test suites that need a program, a library or a right that not every machine has.

import { dlopen } from 'node:ffi'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, test } from 'vitest'
import { type SecurityContext, startContainer } from './container.ts'

/**
 * `describe` with the path of an installed program. Without it the suite is skipped, with a line that gives the reason;
 * with CI set it fails.
 */
export function describeWithProgram(program: string, body: (file: string) => void): void {
  const file = findProgram(program)
  if (file !== undefined) describe(program, () => body(file))
  else sayMissing(program, `${program} is not installed`, true)
}

/** As `describeWithProgram`, for libseccomp, which most systems have. */
export function describeWithSeccomp(name: string, body: () => void): void {
  try {
    dlopen('libseccomp.so.2').lib.close()
    describe(name, body)
  } catch (error) {
    sayMissing(name, `libseccomp2 is not installed (${(error as Error).message})`, true)
  }
}

/** As `describeWithProgram`, with the path of runc. A machine that cannot run containers skips the suite, even with CI. */
export async function describeWithContainers(
  name: string,
  body: (runc: string) => void,
): Promise<void> {
  if (process.getuid?.() !== 0) return sayMissing(name, 'containers need root', false)
  const runc = findProgram('runc')
  if (runc === undefined) return sayMissing(name, 'runc is not installed', true)
  const probe = await startContainer(runc, { security: RESTRICTED, args: ['-v'] })
  await probe.child.ended
  await probe.stop()
  if (probe.child.exitCode() === 0) describe(name, () => body(runc))
  else sayMissing(name, `this machine cannot run containers: ${probe.child.output()}`, false)
}

const RESTRICTED: SecurityContext = {
  runAsUser: 65532,
  runAsGroup: 65532,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
}

function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

function sayMissing(name: string, reason: string, needed: boolean): void {
  const what = process.env.CI && needed ? 'FAILS' : 'SKIPPED'
  process.stderr.write(`\n*** ${what}: ${name}: ${reason} ***\n\n`)
  skipOrFail(name, reason, needed)
}

/** Skips a suite with the reason; with CI set it fails if it is `needed`. */
export function skipOrFail(name: string, reason: string, needed: boolean): void {
  if (process.env.CI && needed) {
    test(name, () => {
      throw new Error(`the real tools are required when CI is set: ${reason}`)
    })
  } else test.skip(`${name} (${reason})`, () => {})
}
