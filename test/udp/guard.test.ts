// The guard pages of the tests: an access outside of native memory must show.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { guardedLibc } from '../support/guarded-libc.ts'

const CHILD = fileURLToPath(new URL('../support/guard-child.ts', import.meta.url))
/** A multiple of the page sizes of Linux: 4, 16 and 64 KiB. */
const PAGES = 2 ** 17

describe('native code that writes', () => {
  test.each([
    ['the last byte', 'end', 100, 99, 'survived'],
    ['one byte behind the end', 'end', 100, 100, 'SIGSEGV'],
    ['one byte behind the end of whole pages', 'start', PAGES, PAGES, 'SIGSEGV'],
    ['the first byte', 'start', 100, 0, 'survived'],
    ['one byte before the start', 'start', 100, -1, 'SIGSEGV'],
    ['one byte before the start of whole pages', 'end', PAGES, -1, 'SIGSEGV'],
    ['one byte before the start, where the guard page is not adjacent', 'end', 100, -1, 'changed'],
    ['one byte behind the end, where the guard page is not adjacent', 'start', 100, 100, 'changed'],
  ])('%s (guard at the %s of %i bytes, offset %i): %s', (_what, end, bytes, offset, outcome) => {
    const args = ['--experimental-ffi', CHILD, end, String(bytes), String(offset)]
    const { signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    const text = `${stdout}${stderr}`
    const seen = ['survived', 'changed'].find((word) => text.includes(word))
    expect(signal ?? seen).toBe(outcome)
  })
})

test('the kernel refuses to write over the end, and writes up to it', () => {
  const libc = guardedLibc('end')
  const counter = libc.eventfd(1, 0)
  const memory = libc.allocate(16)
  const readAt = (offset: bigint) => libc.read(counter, memory.address + offset, 8n)
  expect([readAt(9n), libc.errorName()]).toEqual([-1n, 'EFAULT'])
  memory.free()
  libc.close(counter)
  const other = libc.eventfd(7, 0)
  const exact = libc.allocate(16)
  expect(libc.read(other, exact.address + 8n, 8n)).toBe(8n)
  expect([...new Uint8Array(exact.buffer)]).toEqual([...Array(8).fill(0), 7, ...Array(7).fill(0)])
  exact.free()
  libc.close(other)
})
