// One folder for all temporary files of a run, removed at its end: what a test leaves there does not fill the disk.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const NAME = 'tests-run-'

/** Called by vitest for each project (`globalSetup` in vitest.config.ts); the first one owns the folder. */
export function setup(): (() => void) | undefined {
  if (tmpdir().includes(NAME)) return undefined
  const before = process.env.TMPDIR
  const folder = mkdtempSync(join(tmpdir(), NAME))
  // As in the folder around it: some tests run programs of another user.
  chmodSync(folder, 0o755)
  // Workers and the programs that tests start inherit it.
  process.env.TMPDIR = folder
  return () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    rmSync(folder, { recursive: true, force: true })
  }
}
