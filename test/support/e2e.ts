// How an end-to-end test file asks for the real tools.
import { describe, inject, test } from 'vitest'
import { ensureTools, type ToolPaths, type ToolsResult } from './tools.ts'

// Global setup has them as a rule; a run that it took for one without end-to-end tests gets them here.
const result = (inject('tools') as ToolsResult | undefined) ?? (await ensureTools())

/** `describe` with the paths of the tools. Without tools it is skipped; with CI set it fails. */
export function describeWithTools(name: string, body: (tools: ToolPaths) => void): void {
  if (result.ok) {
    describe(name, () => body(result.paths))
    return
  }
  const { reason } = result
  if (process.env.CI) {
    test(name, () => {
      throw new Error(`the real tools are needed with CI set: ${reason}`)
    })
  } else test.skip(`${name} (${reason})`, () => {})
}
