// Keeps the memory of this process and of its children out of core dumps: it holds tokens, keys and passwords.
import { writeFileSync } from 'node:fs'

/** Which parts of the memory a core dump has, as bits; children inherit it, also by execve (core(5)). */
const FILTER = '/proc/self/coredump_filter'

/**
 * From now on a core dump has registers and no memory. A limit of its size (RLIMIT_CORE) would need a call that Node does
 * not have, and does not hold for a core_pattern that is a pipe.
 */
export function keepMemoryOutOfCoreDumps(): void {
  try {
    writeFileSync(FILTER, '0')
  } catch {
    // Not Linux, or a kernel without core dumps.
  }
}
