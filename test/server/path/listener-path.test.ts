// The answers of the multicluster zone over UDP and TCP, from the table in test/cases.
import { describe, expect, test } from 'vitest'
import { type AnswerCase, answerCases, LOCAL_ADDRESSES } from '../../cases/answers.ts'
import { objects } from '../../cases/objects.ts'
import type { Message } from '../../support/dns-decode.ts'
import { contentOf, createHarness, type Harness } from '../../support/packet-harness.ts'

const SERIAL = 1_700_000_000
const content = contentOf(objects)

function harnessOf(line: string): Harness {
  return createHarness({
    corefile: `.:53 {\n  multicluster clusterset.local {\n    manifests /m\n    ${line}\n  }\n}\n`,
    content,
    localAddresses: LOCAL_ADDRESSES,
    serial: SERIAL,
  })
}

const variants = [...new Set(answerCases.map(({ variant }) => variant))]

function sectionsOf(message: Message) {
  const lines = (records: Message['answers']) =>
    records.map(({ text }) => text.replace(` ${SERIAL} 7200 `, ' SERIAL 7200 ')).sort()
  return {
    rcode: message.rcode,
    flags: message.flags.text,
    question: `${message.question?.name} ${message.question?.type}`,
    answer: lines(message.answers),
    authority: lines(message.authority),
    additional: lines(message.additional),
    trailing: message.trailing,
  }
}

function expectedOf(one: AnswerCase): ReturnType<typeof sectionsOf> {
  return {
    rcode: one.rcode,
    flags: one.flags,
    question: `${one.qname} ${one.qtype}`,
    answer: [...one.answer].sort(),
    authority: [...one.authority].sort(),
    additional: [...one.additional].sort(),
    trailing: 0,
  }
}

describe.each(variants)('answers, %s', (variant) => {
  const harness = harnessOf(variant === 'default' ? '' : variant)

  test.each(answerCases.filter((one) => one.variant === variant))('$name', async (one) => {
    const spec = { name: one.qname, type: one.qtype }
    for (const tcp of [false, true]) {
      const edns = { size: 1232 }
      expect(sectionsOf(await harness.ask(spec, tcp))).toEqual(expectedOf(one))
      expect(sectionsOf(await harness.ask({ ...spec, edns }, tcp))).toEqual(expectedOf(one))
    }
  })
})

test('the table has no duplicate rows', () => {
  const keys = answerCases.map(({ variant, qname, qtype }) => `${variant} ${qname} ${qtype}`)
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
})
