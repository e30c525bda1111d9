// `bufsize` at query time. The packet path applies the block's `maxOptSize`. The empty link exists because in CoreDNS
// bufsize is a handler: a block with no other plugin is served.
import type { Runtime } from '../runtime.ts'

export const bufsizeRuntime: Runtime = () => ({})
