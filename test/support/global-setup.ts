// Builds the program, and finds or builds the real tools, before any test runs: no test waits for a build, and a missing tool
// is reported once. A run without end-to-end tests needs no tools.
import type { TestProject } from 'vitest/node'
import { beginDnsRun } from '../faults/dns/cost.ts'
import { beginRun } from '../faults/result.ts'
import { ensureBuild } from './build.ts'
import { type DataPlaneResult, ensureDataPlane } from './data-plane.ts'
import { ensureHelm, ensureTools, type ToolsResult } from './tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    tools: ToolsResult
    dataPlane: DataPlaneResult
  }
}

/** Called by vitest (`globalSetup` in vitest.config.ts). */
export async function setup(project: TestProject): Promise<void> {
  ensureBuild()
  if (await wanted(project, /\/test\/faults\/dns\//)) await beginDnsRun()
  if (!(await wanted(project, /\/test\/(e2e\/|faults\/[^/]+$)/))) return
  const result = await ensureTools()
  if (!result.ok) {
    const what = process.env.CI ? 'FAIL' : 'are SKIPPED'
    process.stderr.write(`\n*** End-to-end tests ${what}: ${result.reason} ***\n\n`)
  }
  project.provide('tools', result)
  if (result.ok && (await wanted(project, /\/test\/faults\/[^/]+$/))) {
    await beginRun(result.paths['kube-apiserver'])
  }
  if (await wanted(project, /\/helm\.test\.ts$/)) await ensureHelm()
  if (!(await wanted(project, /\/kube-proxy\.test\.ts$/))) return
  const dataPlane = await ensureDataPlane()
  if (!dataPlane.ok) {
    const what = process.env.CI && dataPlane.failed ? 'FAILS' : 'is SKIPPED'
    process.stderr.write(`\n*** The test of the data plane ${what}: ${dataPlane.reason} ***\n\n`)
  }
  project.provide('dataPlane', dataPlane)
}

// Vitest matches each word of its command line against the paths of test files.
async function wanted(project: TestProject, pattern: RegExp): Promise<boolean> {
  const { testFiles } = await project.globTestFiles()
  const words = process.argv.slice(2).filter((word) => !word.startsWith('-'))
  const named = testFiles.filter((file) => words.some((word) => file.includes(word)))
  return (named.length > 0 ? named : testFiles).some((file) => pattern.test(file))
}
