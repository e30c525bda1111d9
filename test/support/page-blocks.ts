// The commands of a page of docs, as a reader copies them.
import { readFileSync } from 'node:fs'

/** The blocks of a page in one language, in their order. */
export function pageBlocks(page: string, language: string): string[] {
  const text = readFileSync(page, 'utf8')
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm')
  return [...text.matchAll(pattern)].map(([, block]) => block!)
}
