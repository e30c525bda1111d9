// Frees large buffers in a process of its own, and prints how many bytes of them stay with the process:
//   node --experimental-ffi test/support/large-buffer-child.ts
import { readFileSync } from 'node:fs'
import { openLibc } from '../../src/udp/libc.ts'

const MB = 1024 * 1024
const libc = openLibc()
const anonymous = () =>
  1024 * Number(/^Anonymous: +(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1])

const before = anonymous()
// By default malloc takes smaller buffers from its heap after this one.
libc.allocate(24 * MB).free()
const used = libc.allocate(16 * MB)
new Uint8Array(used.buffer).fill(1)
// malloc gives back only what lies at the end of its heap.
libc.allocate(MB / 8)
used.free()
process.stdout.write(String(anonymous() - before))
