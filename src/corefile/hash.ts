// The SHA-512 that `reload` compares, of the parsed blocks in the JSON form of CoreDNS' plugin/reload: the logged hash
// equals CoreDNS' hash of the same Corefile.
import { createHash } from 'node:crypto'
import type { ServerBlock } from './parser.ts'

/** The hash in hexadecimal. */
export function corefileHash(blocks: readonly ServerBlock[]): string {
  return createHash('sha512').update(goJson(blocks)).digest('hex')
}

function goJson(blocks: readonly ServerBlock[]): string {
  if (blocks.length === 0) return 'null'
  const parts = blocks.map(({ keys, directives }) => {
    const names = [...directives.keys()].sort(byBytes)
    const tokens = names.map((name) => {
      const list = directives.get(name)!.map(({ file, line, text }) => {
        return { File: file, Line: line, Text: text }
      })
      return `${JSON.stringify(name)}:${JSON.stringify(list)}`
    })
    const texts = keys.map((key) => key.text)
    return `{"Keys":${JSON.stringify(texts)},"Tokens":{${tokens.join(',')}}}`
  })
  // Go's encoding/json escapes these characters for HTML.
  return `[${parts.join(',')}]`.replaceAll(/[<>&\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
