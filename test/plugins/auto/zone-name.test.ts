// Names of zones out of names of files. The vectors of the first table are those of coredns plugin/auto/regexp_test.go.
import { describe, expect, test } from 'vitest'
import { expandable, zoneNamer } from '../../../src/plugins/auto/zone-name.ts'

test.each([
  ['', ''],
  ['{1}', ['$', '{1}'].join('')],
  ['{1', ['$', '{1'].join('')],
])('upstream: the template %j is %j', (text, expected) => {
  expect(expandable(text)).toBe(expected)
})

describe('the zone of a file', () => {
  test.each([
    ['db.example.org', 'db\\.(.*)', '{1}', 'example.org.'],
    ['db.Example.ORG', 'db\\.(.*)', '{1}', 'example.org.'],
    ['db.example.org.', 'db\\.(.*)', '{1}', 'example.org.'],
    // The pattern is not anchored, as in Go.
    ['my-db.example.org', 'db\\.(.*)', '{1}', 'example.org.'],
    ['aa.example.org', 'db\\.(.*)', '{1}', undefined],
    ['org.example.zone', '(.*)\\.(.*)\\.zone', '{2}.{1}', 'example.org.'],
    ['a.zone', '(?P<name>.*)\\.zone', '{name}.test', 'a.test.'],
    ['a.zone', '(.*)\\.zone', '$1', 'a.'],
    ['a.zone', '(.*)\\.zone', '{2}', undefined],
    ['a.zone', '(.*)\\.zone', 'b', 'b.'],
    // `$1x` is a group with that name, which there is not.
    ['a.zone', '(.*)\\.zone', '$1x.test', undefined],
    ['db.', 'db\\.(.*)', '{1}', undefined],
    ['db.a..b', 'db\\.(.*)', '{1}', undefined],
  ])('%s with %s and %s is %s', (file, pattern, template, expected) => {
    expect(zoneNamer(pattern, expandable(template))(file)).toBe(expected)
  })
})
