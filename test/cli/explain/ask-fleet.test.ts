// What is read of a running fleet's answer.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { askExplanation } from '../../../src/cli/explain/ask-fleet.ts'

const target = { namespace: 'shop', name: 'web', zone: 'example.org' }
const link = { id: 'export', at: 'east', state: 'holds', text: 'Exported.' }
const answers = [{ cluster: 'west', kubectl: 'kubectl', addresses: ['10.96.0.7'] }]
const whole = {
  links: [link, { ...link, state: 'broken', command: 'kubectl' }],
  clusters: ['west'],
  answers,
}

/** A server that answers everything with the document; `paths` are those that were asked for. */
async function serve(document: object) {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.end(JSON.stringify(document))
  })
  onTestFinished(() => void server.close())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const ask = (from?: string) => askExplanation({ target, from }, url, new AbortController().signal)
  return { ask, paths }
}

test('the links, with the zone that was asked for', async () => {
  const { ask, paths } = await serve(whole)
  expect(await ask('west')).toEqual({ ...target, ...whole })
  expect(paths).toEqual(['/explain.json?namespace=shop&name=web&from=west'])
})

test('the name of the answer, which is longer than that of a shortened amcs- Service', async () => {
  const { ask } = await serve({ ...whole, name: 'web-whole' })
  expect(await ask()).toMatchObject({ name: 'web-whole', namespace: 'shop' })
})

test('an unknown cluster is an error of the command line', async () => {
  const { ask } = await serve(whole)
  await expect(ask('wst')).rejects.toMatchObject({ code: 'FLAGS', meant: 'west' })
})

test.each([
  {},
  { links: [] },
  { links: [{ ...link, id: 'new' }] },
  { links: [{ ...link, state: '' }] },
])('%j is no answer of a fleet of this version', async (document) => {
  const { ask } = await serve(document)
  await expect(ask()).rejects.toMatchObject({ code: 'FLEET_API', message: /another version/ })
})
