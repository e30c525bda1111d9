// The counters of one thread that belong to no zone: indexes of 32-bit words in shared memory.

/** Exceptions while answering. */
export const THREAD_PANICS = 0
/** Queries that were refused because too many waited for the plugin chain or for upstreams. */
export const THREAD_QUEUE_OVERFLOWS = 1
/** Errors of UDP sockets, among them replies that could not be sent. */
export const THREAD_UDP_ERRORS = 2
/** Open TCP connections. */
export const THREAD_TCP_CONNECTIONS = 3
/** TCP connections that were refused at the limit. */
export const THREAD_TCP_REFUSED = 4
/** Log lines that were dropped. */
export const THREAD_LOG_DROPPED = 5
/** Characters of log lines that the control thread has not received yet. */
export const THREAD_LOG_PENDING = 6
/** 1 while a thread without an event loop has unread messages, for which it must poll. */
export const THREAD_INBOX = 7
/** TCP connections that were closed after a time without progress. */
export const THREAD_TCP_TIMED_OUT = 8
/** TCP connections that were closed to make room for others. */
export const THREAD_TCP_REPLACED = 9
/** TCP connections that were closed because all connections held too many bytes. */
export const THREAD_TCP_OVER_BUDGET = 10
/** Descriptor + 1 of the eventfd that wakes up a packet thread; 0 = not open. It outlives the thread. */
export const THREAD_WAKE = 11
/** Words that each thread has. */
export const THREAD_WORDS = 16
