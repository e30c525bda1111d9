// Loads npm packages with their first use: those that most processes never need (docs/adr/0006-memory.md).
import { createRequire } from 'node:module'

/** `require` of CommonJS; the name of the package must be a literal, which `test/architecture.test.ts` finds. */
export const require = createRequire(import.meta.url)
