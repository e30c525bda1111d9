// The pages of docs/reference are those that the code gives.
import { describe, expect, test } from 'vitest'
import { parseFleetConfig } from '../../src/fleet/config.ts'
import { configOf } from '../support/config.ts'
import { pageBlocks } from '../support/page-blocks.ts'
import { cliPage, corefilePage, fleetYamlPage } from '../support/reference-pages.ts'

describe('a page that is made from the code', () => {
  test.each([
    ['cli.md', cliPage],
    ['fleet-yaml.md', fleetYamlPage],
    ['corefile.md', corefilePage],
  ])('%s is up to date', async (file, page) => {
    await expect(page()).toMatchFileSnapshot(`../../docs/reference/${file}`)
  })
})

test('the example of corefile.md loads', () => {
  for (const text of pageBlocks('docs/reference/corefile.md', 'corefile')) configOf(text)
})

test('the example of fleet-yaml.md is valid', () => {
  const [text = ''] = pageBlocks('docs/reference/fleet-yaml.md', 'yaml')
  expect(parseFleetConfig('fleet.yaml', text, '/').members.length).toBe(2)
})
