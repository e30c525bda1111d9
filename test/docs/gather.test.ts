// docs/gather.md names every list of an archive.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { gatheredLists } from '../../src/cli/gather/gathered-objects.ts'

const text = readFileSync('docs/gather.md', 'utf8')

test.each(gatheredLists.map(({ resource }) => resource))('%s.json is described', (resource) => {
  expect(text).toMatch(new RegExp(`^\\|.*\`${resource}\\.json\`.*\\|`, 'm'))
})
