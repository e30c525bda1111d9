// How near the process is to the memory limit of its cgroup, where the kernel ends it.

/** What is left of the limit, as a share, when memory is short. */
const SHORT = 0.25

/** The limit of the cgroup and what is left of it, in bytes, as Node.js tells them. */
interface MemoryRoom {
  constrainedMemory(): number
  availableMemory(): number
}

/** True when less than a quarter of the limit is left. Without a limit it is the machine that has room. */
export function isShortOfMemory(room: MemoryRoom = process): boolean {
  const limit = room.constrainedMemory()
  // No limit is 0, or the largest number of the kernel.
  if (limit === 0 || limit > Number.MAX_SAFE_INTEGER) return false
  return room.availableMemory() < SHORT * limit
}
