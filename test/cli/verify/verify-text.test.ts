// What `verify` prints, and the document for programs.
import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { paintFor } from '../../../src/cli/colour.ts'
import type { Step } from '../../../src/cli/verify/step.ts'
import { resultText, stepText, verifyDocument } from '../../../src/cli/verify/verify-text.ts'

const plain = paintFor(new PassThrough(), {})
const ok: Step = { id: 'valid', at: 'east', state: 'holds', text: 'It is\u001b valid.', ms: 1234.5 }
const bad: Step = { id: 'import', at: 'west', state: 'broken', text: 'No.', command: 'do', ms: 9 }
const away: Step = { id: 'slices', at: 'west', state: 'failed', text: 'Away.' }
const skipped: Step = { id: 'connect', at: 'west', state: 'unseen', text: 'No Pods.' }
const verified = (...steps: readonly Step[]) => {
  return { exporter: 'east', importer: 'west', namespace: 'clusterset-dns-verify-1', steps }
}

test('a step has its time and its command; control characters are escaped', () => {
  expect([ok, bad].map((step) => stepText(step, 6, plain)).join('')).toBe(`\
ok             valid         east      1.23 s  It is\\u001b valid.
BROKEN         import        west      0.01 s  No.
                                               do
`)
})

describe('the result', () => {
  test.each<[readonly Step[], string]>([
    [[ok], '\nA Service gets from east to west\n'],
    [
      [ok, { ...skipped, id: 'client' }, skipped],
      '\nnot looked at: client, connect: No Pods.\nA Service gets from east to west\n',
    ],
    [[ok, away], '\nNo step is broken from east to west, but 1 could not be looked at\n'],
    [[ok, bad, away], '\nBROKEN: a Service does not get from east to west: import at west\n'],
  ])('%#', (steps, text) => {
    expect(resultText(verified(...steps), plain)).toBe(text)
  })

  test.each([
    [[ok], 'whole'],
    [[ok, away], 'unknown'],
    [[ok, bad], 'broken'],
  ])('%#: of the document', (steps, result) => {
    expect(verifyDocument(verified(...steps))).toMatchObject({ result })
  })
})

test('the document', () => {
  expect(verifyDocument(verified(ok, bad, skipped))).toEqual({
    apiVersion: 'clusterset-dns.io/v1',
    kind: 'Verification',
    exporter: 'east',
    importer: 'west',
    namespace: 'clusterset-dns-verify-1',
    result: 'broken',
    steps: [
      { id: 'valid', at: 'east', state: 'holds', text: 'It is\u001b valid.', seconds: 1.235 },
      { id: 'import', at: 'west', state: 'broken', text: 'No.', command: 'do', seconds: 0.009 },
      { id: 'connect', at: 'west', state: 'unseen', text: 'No Pods.', seconds: null },
    ],
  })
})
