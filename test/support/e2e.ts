// Test suites that need the real tools.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, inject, test } from 'vitest'
import { type DataPlaneResult, ensureDataPlane, type ProxyMode } from './data-plane.ts'
import { ensureTools, type ToolPaths, type ToolsResult } from './tools.ts'

// Global setup provides the tools, unless it found no end-to-end tests in the run.
const result = (inject('tools') as ToolsResult | undefined) ?? (await ensureTools())

/** `describe` with the paths of the tools. Without tools the suite is skipped; with CI set it fails. */
export function describeWithTools(name: string, body: (tools: ToolPaths) => void): void {
  if (result.ok) {
    describe(name, () => body(result.paths))
    return
  }
  skipOrFail(name, result.reason, true)
}

interface DataPlane {
  readonly mode: ProxyMode
  /** Path of the program. */
  readonly kubeProxy: string
}

/** As `describeWithTools`, for a suite that needs kube-proxy. If the machine cannot run it, the suite is skipped. */
export async function describeWithDataPlane(
  name: string,
  body: (tools: ToolPaths, plane: DataPlane) => void,
): Promise<void> {
  const plane = (inject('dataPlane') as DataPlaneResult | undefined) ?? (await ensureDataPlane())
  if (!plane.ok) skipOrFail(name, plane.reason, plane.failed)
  else describeWithTools(name, (tools) => body(tools, plane))
}

function skipOrFail(name: string, reason: string, needed: boolean): void {
  if (process.env.CI && needed) {
    test(name, () => {
      throw new Error(`the real tools are required when CI is set: ${reason}`)
    })
  } else test.skip(`${name} (${reason})`, () => {})
}

/**
 * `describe` with the path of an installed program. Without it the suite is skipped, with a line that gives the reason;
 * with CI set it fails.
 */
export function describeWithProgram(program: string, body: (file: string) => void): void {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const file = folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
  if (file !== undefined) {
    describe(program, () => body(file))
    return
  }
  const reason = `${program} is not installed`
  process.stderr.write(`\n*** ${process.env.CI ? 'FAILS' : 'SKIPPED'}: ${reason} ***\n\n`)
  skipOrFail(program, reason, true)
}
