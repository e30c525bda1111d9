// Test suites that need the real tools.
import { describe, inject } from 'vitest'
import { type DataPlaneResult, ensureDataPlane, type ProxyMode } from './data-plane.ts'
import { skipOrFail } from './needs.ts'
import { ensureHelm, ensureTools, type ToolPaths, type ToolsResult } from './tools.ts'

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

/** As `describeWithTools`, for a suite that also needs helm: its path is the second argument. */
export async function describeWithHelm(
  name: string,
  body: (tools: ToolPaths, helm: string) => void,
): Promise<void> {
  const found = await ensureHelm()
  if (found.ok) describeWithTools(name, (tools) => body(tools, found.paths.helm))
  else skipOrFail(name, found.reason, true)
}
