// Whether V8 only interprets code, without compiling it: for a process that answers few queries.

/** V8's flags for it. Regular expressions are compiled: V8 ends the process when that changes later. */
export const interpreterFlags = ['--no-sparkplug', '--no-maglev', '--no-turbofan']

/** True for `-transport single` in any of the forms of `flags.ts`, which is loaded too late for this. */
export function isInterpreted(args: readonly string[]): boolean {
  const ways = args.map((arg, i) => (/^--?transport$/.test(arg) ? `${arg}=${args[i + 1]}` : arg))
  const last = ways.findLast((way) => /^--?transport=/.test(way)) ?? ''
  return last.endsWith('=single')
}
