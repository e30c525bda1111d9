// The priority of the threads that work for packet threads. Packet threads answer what the server knows: they must not wait
// while a flood of unknown names, or of TCP connections, keeps the other threads busy.
import { getPriority, setPriority } from 'node:os'

/**
 * A nice value of 10 is a tenth of the weight of a thread with 0. It counts only while both want to run on the same core, and
 * within the container: the kernel shares cores between cgroups first.
 */
const BEHIND = 10
/** The largest nice value. */
const LOWEST = 19

/** Puts the calling thread behind packet threads. Does nothing where the system does not allow it. */
export function runBehindPacketThreads(): void {
  try {
    // 0 is the calling thread on Linux, and not the process (setpriority(2), "C library/kernel differences").
    setPriority(0, Math.min(LOWEST, getPriority(0) + BEHIND))
  } catch {
    // A seccomp profile may forbid it. Everything is answered as well, but later under a flood.
  }
}
