// docs/errors.md has exactly one section for each error code, and the section repeats the code's own meaning.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '../../src/errors.ts'
import { ApiError, type ErrorReason } from '../../src/kube/api-error.ts'

/** Text of each section by its title, with single spaces for line breaks. */
const sections = new Map(
  readFileSync('docs/errors.md', 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n')
      return [section.slice(0, end), section.slice(end).replaceAll(/\s+/g, ' ')]
    }),
)

/** Every `reason` of an ApiError; the type check fails when one is missing here. */
const reasons: Readonly<Record<ErrorReason, true>> = {
  credentials: true,
  unreachable: true,
  timeout: true,
  tls: true,
  disconnected: true,
  idle: true,
  unauthorized: true,
  forbidden: true,
  refused: true,
  terminating: true,
  not_found: true,
  expired: true,
  conflict: true,
  invalid: true,
  throttled: true,
  server_error: true,
  status: true,
  error_event: true,
  too_large: true,
  protocol: true,
  handler: true,
  not_started: true,
}

test('the sections are the codes, in the order of src/errors.ts', () => {
  expect([...sections.keys()]).toEqual(Object.keys(errorCodes))
})

describe.each(Object.entries(errorCodes))('%s', (code, meaning) => {
  const section = sections.get(code) ?? ''

  test('has the meaning of src/errors.ts', () => {
    expect(section).toContain(`Meaning: ${meaning}. `)
  })

  test('has causes and a cure', () => {
    expect(section).toMatch(/ Causes: .+ Cure: .+/)
  })
})

test.each(Object.keys(reasons) as ErrorReason[])(
  'the reason %s stands in the section of its code',
  (reason) => {
    expect(sections.get(new ApiError(reason, '').code)).toContain(`\`${reason}\``)
  },
)
