import { describe, expect, test } from 'vitest'
import { PARSED, Request } from '../../../src/dns/request.ts'
import {
  classOf,
  compileFormat,
  compileRules,
  fieldsOf,
  type LoggedQuery,
  typeOf,
} from '../../../src/plugins/log/format.ts'
import { encodeQuery, type QuerySpec } from '../../support/dns-encode.ts'

function request(spec: Partial<QuerySpec> = {}): Request {
  const bytes = encodeQuery({ name: 'Web.ns.SVC.clusterset.local', type: 'A', id: 7, ...spec })
  const parsed = new Request()
  expect(parsed.parse(bytes, 0, bytes.length)).toBe(PARSED)
  return parsed
}

function logged(change: Partial<LoggedQuery> = {}): LoggedQuery {
  return {
    request: request(),
    protocol: 'udp',
    requestBytes: 45,
    remoteAddress: '10.0.0.9',
    remotePort: 5000,
    localAddress: '10.0.0.1',
    replyFlags: 0x8580,
    answers: 1,
    authorities: 0,
    replyBytes: 99,
    upstream: '',
    seconds: 0.000_123_456,
    ...change,
  }
}

describe('a format', () => {
  test.each<[string, string, Partial<LoggedQuery>?]>([
    ['{remote}:{port}', '10.0.0.9:5000'],
    ['{remote}', '[fd00::9]', { remoteAddress: 'fd00::9' }],
    ['{local}', '10.0.0.1'],
    ['{>id} {type} {class} {name} {proto} {size}', '7 A IN web.ns.svc.clusterset.local. udp 45'],
    ['{>do} {>bufsize}', 'false 512'],
    ['{>do} {>bufsize}', 'true 1232', { request: request({ edns: { size: 1232, do: true } }) }],
    ['{>bufsize}', '512', { request: request({ edns: { size: 100 } }) }],
    ['{>bufsize}', '65535', { protocol: 'tcp' }],
    ['{rcode} {>rflags} {rsize}', 'NOERROR qr,aa,rd,ra 99'],
    ['{name}', 'a\\ b.example.', { request: request({ name: 'a b.example' }) }],
    ['{rcode}', 'NXDOMAIN', { replyFlags: 0x8583 }],
    ['{duration}', '0.000123456s'],
    ['{duration}', '2s', { seconds: 2 }],
    ['{>opcode}', '0'],
    ['{/kubernetes/namespace}', '-'],
    ['{unknown} {', '{unknown} {'],
  ])('%s is %s', (format, line, change = {}) => {
    expect(compileFormat(format)(logged(change))).toBe(line)
  })
})

describe('the fields of a JSON line', () => {
  test("are those of CoreDNS' common format, as numbers and booleans where they are such", () => {
    expect(fieldsOf(logged({ request: request({ edns: { size: 1232, do: true } }) }))).toEqual({
      plugin: 'log',
      client_ip: '10.0.0.9',
      name: 'web.ns.svc.clusterset.local.',
      type: 'A',
      class: 'IN',
      proto: 'udp',
      size: 45,
      do: true,
      bufsize: 1232,
      rcode: 'NOERROR',
      rflags: 'qr,aa,rd,ra',
      rsize: 99,
      duration: 0.000_123_456,
    })
  })

  test('have an IPv6 client without brackets', () => {
    expect(fieldsOf(logged({ remoteAddress: 'fd00::9' })).client_ip).toBe('fd00::9')
  })
})

describe('the class of a reply', () => {
  test.each<[string, string, Partial<LoggedQuery>]>([
    ['an answer', 'success', {}],
    ['NODATA', 'denial', { answers: 0, authorities: 1 }],
    ['no answer and no SOA', 'success', { answers: 0 }],
    ['NXDOMAIN', 'denial', { replyFlags: 0x8583, answers: 0, authorities: 1 }],
    ['NXDOMAIN without SOA', 'denial', { replyFlags: 0x8583, answers: 0 }],
    ['NXDOMAIN behind a CNAME', 'error', { replyFlags: 0x8583, authorities: 1 }],
    ['SERVFAIL', 'error', { replyFlags: 0x8582, answers: 0, authorities: 1 }],
    ['REFUSED', 'error', { replyFlags: 0x8585, answers: 0 }],
    ['a transfer', 'error', { request: request({ type: 'AXFR' }), replyFlags: 0x8585 }],
  ])('of %s is %s', (_name, expected, change) => {
    expect(classOf(logged(change))).toBe(expected)
  })
})

describe('the type of a reply', () => {
  test.each<[string, Partial<LoggedQuery>]>([
    ['NOERROR', {}],
    ['NOERROR', { answers: 0 }],
    ['NODATA', { answers: 0, authorities: 1 }],
    ['NXDOMAIN', { replyFlags: 0x8583, answers: 0 }],
    ['OTHERERROR', { replyFlags: 0x8583 }],
    ['SERVERERROR', { replyFlags: 0x8582, answers: 0 }],
    ['SERVERERROR', { replyFlags: 0x8584, answers: 0 }],
    ['OTHERERROR', { replyFlags: 0x8585, answers: 0 }],
    ['META', { request: request({ type: 'IXFR' }) }],
  ])('%s of %j', (type, change) => {
    expect(typeOf(logged(change))).toBe(type)
  })
})

describe('labels of metadata', () => {
  const values: Readonly<Record<string, string | undefined>> = { 'a/b': 'x', 'a/empty': '' }
  const labelOf = (name: string) => (name in values ? () => values[name] : undefined)
  test.each([
    ['{/a/b}', 'x'],
    ['[{/a/empty}]', '[]'],
    ['{/a/unknown}', '-'],
    ['{/a/b}{type}{/a/b}', 'xAx'],
    ['{/}', '-'],
  ])('%s', (format, line) => {
    expect(compileFormat(format, labelOf)(logged())).toBe(line)
  })
})

describe('rules', () => {
  const rule = (
    name: string,
    classes: readonly ('success' | 'denial' | 'error' | 'all')[],
    format: string,
  ) => ({
    name,
    classes,
    format,
  })

  test('the first rule that covers the name applies', () => {
    const line = compileRules([
      rule('ns.svc.clusterset.local.', ['error'], 'first'),
      rule('.', ['all'], 'second'),
    ])
    expect(line(logged())).toBeUndefined()
    expect(line(logged({ replyFlags: 0x8582 }))).toBe('first')
    expect(line(logged({ request: request({ name: 'example.org' }) }))).toBe('second')
  })

  test('no line for a name that no rule covers', () => {
    expect(compileRules([rule('example.org.', ['all'], 'x')])(logged())).toBeUndefined()
  })
})
