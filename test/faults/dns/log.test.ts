// The log of a real server goes where nothing can be written, under constant questions, each of which is a line: a disk
// that is full, a pipe that nobody reads, and a pipe whose reader is gone.
import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, mkdtemp, open, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { waitFor } from '../../support/wait-for.ts'
import { recordCost } from './cost.ts'
import { expectNoLoss } from './expect-no-loss.ts'
import { type Rig, START_MS, startRig } from './harness.ts'

const run = promisify(execFile)
const DISK_BYTES = 64 * 1024
/** The buffer of the log (8 MB, `log-output.ts`), and what V8 keeps of lines for a while. */
const MEMORY_KB = 40_000

let folder: string
let rig: Rig
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-'))
})
afterEach(async () => {
  await rig?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** Starts the server with stdout and stderr at a path. The first line stands for its banner, which nobody sees. */
async function startWithLog(path: string, before = ''): Promise<void> {
  const script = `${before} echo clusterset-dns-0; exec "$@" >"${path}" 2>&1`
  const inNamespace = before === '' ? [] : (['unshare', '--mount'] as const)
  const [file = 'sh', ...args] = [...inNamespace, 'sh', '-c', script, 'sh']
  rig = await startRig({ directives: ['log'], through: [file, ...args] })
}

const isUnharmed = async (name: string, memory: number) => {
  await rig.asking.answered()
  await rig.seesChanges()
  const books = await rig.asking.end()
  expectNoLoss(books)
  await rig.server.ready(START_MS)
  const growth = (await rig.anonymous()) - memory
  expect(growth).toBeLessThan(MEMORY_KB)
  await recordCost('log', name, books, { 'memory, MB': (growth / 1024).toFixed(1) })
}

describe('a log that cannot be written', () => {
  test('on a device that is always full', async () => {
    await startWithLog('/dev/full')
    await rig.asking.begin()
    await isUnharmed('a full device', await rig.anonymous())
  }, 400_000)

  test.skipIf(process.getuid?.() !== 0)(
    'on a disk of 64 KB: it is written again when there is room',
    async () => {
      const path = join(folder, 'log')
      await startWithLog(path, `mount -t tmpfs -o size=${DISK_BYTES} none "${folder}";`)
      // The mount is in the namespace of the process.
      const inside = `/proc/${rig.server.child.pid}/root${path}`
      const size = async () => (await stat(inside)).size
      await waitFor('the disk is full', async () => (await size()) >= DISK_BYTES)
      const memory = await rig.anonymous()
      await rig.asking.begin()
      await isUnharmed('a full disk', memory)
      await truncate(inside, 0)
      await waitFor('lines are written again', async () => {
        const { stdout } = await run('tail', ['-c', '2000', inside])
        return stdout.includes('NOERROR')
      })
    },
    400_000,
  )

  test('in a pipe that nobody reads, and whose reader goes away', async () => {
    const path = join(folder, 'pipe')
    await run('mkfifo', [path])
    // Opened for both, so that it does not wait for the writer.
    const reader: FileHandle = await open(path, constants.O_RDWR | constants.O_NONBLOCK)
    await startWithLog(path)
    await rig.asking.begin()
    await isUnharmed('a pipe that nobody reads', await rig.anonymous())
    await rig.asking.begin()
    await reader.close()
    await isUnharmed('a pipe whose reader is gone', await rig.anonymous())
    expect(rig.server.child.running()).toBe(true)
  }, 400_000)
})
