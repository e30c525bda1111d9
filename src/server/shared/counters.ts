// Counters of one thread that belong to no zone, as 32-bit words in shared memory.
export const THREAD_PANICS = 0
export const THREAD_QUEUE_OVERFLOWS = 1
export const THREAD_UDP_ERRORS = 2
export const THREAD_TCP_CONNECTIONS = 3
export const THREAD_TCP_REFUSED = 4
export const THREAD_LOG_DROPPED = 5
/** Characters of log lines that were posted and not yet taken. */
export const THREAD_LOG_PENDING = 6
/** 1 while messages wait for a packet thread, which has no event loop that would tell it. */
export const THREAD_INBOX = 7
export const THREAD_WORDS = 16
