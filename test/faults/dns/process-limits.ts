// The open-file limit of a running process, through prlimit(1) of util-linux.
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Leaves a process no free descriptor; the returned function gives it back those that it had. */
export async function takeDescriptors(pid: number): Promise<() => Promise<void>> {
  const { stdout } = await run('prlimit', [
    `--pid=${pid}`,
    '--nofile',
    '--noheadings',
    '--output=SOFT',
  ])
  const set = (soft: string) => run('prlimit', [`--pid=${pid}`, `--nofile=${soft}:`])
  const open = new Set((await readdir(`/proc/${pid}/fd`)).map(Number))
  let free = 0
  while (open.has(free)) free++
  // A new descriptor is the lowest free number, which must be below the limit.
  await set(String(free))
  return async () => void (await set(stdout.trim()))
}
