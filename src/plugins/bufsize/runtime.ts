// `bufsize` at query time: the packet path applies the block's `maxOptSize`. CoreDNS' bufsize is a link of the chain,
// so a block that has nothing else is served.
import type { Runtime } from '../runtime.ts'

export const bufsizeRuntime: Runtime = () => ({})
