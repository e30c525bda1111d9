// What the kernel refuses, and what the user is told. The kernel is a fake that refuses one kind of request.
import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { carryOut, type Operation } from '../../src/node-cache/operations.ts'
import type { Libc } from '../../src/udp/libc.ts'

type ErrorName = keyof typeof constants.errno

const NEWLINK = 16
/** A request to create, with NLM_F_CREATE: the same type with another flag. */
const CREATE = (0x400 << 16) | NEWLINK
const DELLINK = 17
const GETLINK = 18
const NEWADDR = 20
const NEWTABLE = 0xa00
const NEWRULE = 0xa06
const SOCKET = 7

/** Confirms all requests but those of the refused types; `sent` has the types, and `closed` the descriptors. */
function fakeKernel(refused: Readonly<Record<number, ErrorName>>) {
  const sent: number[] = []
  const closed: number[] = []
  let memory = new ArrayBuffer(0)
  let replies: Buffer[] = []
  const reply = (type: number, request: number, payload: Buffer) => {
    const bytes = Buffer.alloc(16 + payload.length)
    bytes.writeUInt32LE(bytes.length, 0)
    bytes.writeUInt16LE(type, 4)
    bytes.writeUInt32LE(request, 8)
    payload.copy(bytes, 16)
    replies.push(bytes)
  }
  const libc = {
    socket: () => SOCKET,
    close: (fd: number) => closed.push(fd),
    allocate(bytes: number) {
      memory = new ArrayBuffer(bytes)
      return { buffer: memory, address: 1n, free() {} }
    },
    write(_fd: number, _address: bigint, length: bigint) {
      const bytes = Buffer.from(memory.slice(0, Number(length)))
      replies = []
      for (let at = 0, request = 0; at < bytes.length; request++) {
        const type = bytes.readUInt16LE(at + 4)
        sent.push(type)
        const flags = bytes.readUInt16LE(at + 6)
        const name = refused[type] ?? refused[((flags & 0x400) << 16) | type]
        const answer = Buffer.alloc(20)
        answer.writeInt32LE(name === undefined ? 0 : -constants.errno[name])
        if (type === GETLINK) reply(NEWLINK, request, Buffer.alloc(16, 3))
        // NLM_F_ACK
        if ((flags & 4) !== 0) reply(2, request, answer)
        at += (bytes.readUInt32LE(at) + 3) & ~3
      }
      return length
    },
    read() {
      const next = replies.shift()
      if (next === undefined) return -1n
      Buffer.from(memory).set(next)
      return BigInt(next.length)
    },
    errorName: () => 'EAGAIN',
  }
  return { libc: libc as unknown as Libc, sent, closed }
}

const ADDRESSES = ['169.254.20.10', 'fd00::a']
const INTERFACE: Operation = { kind: 'interface', addresses: ADDRESSES }
const RULES: Operation = { kind: 'rules', addresses: ADDRESSES }

describe('the interface', () => {
  test('is created with its addresses', () => {
    const { libc, sent, closed } = fakeKernel({})
    expect(carryOut(libc, INTERFACE)).toBe(1)
    expect(sent).toEqual([NEWLINK, GETLINK, NEWADDR, NEWADDR])
    expect(closed).toEqual([SOCKET])
  })

  test('may have its addresses', () => {
    const { libc } = fakeKernel({ [NEWADDR]: 'EEXIST' })
    expect(carryOut(libc, INTERFACE)).toBe(1)
  })

  test('that cannot get its addresses is deleted again, unless somebody else made it', () => {
    const refused = { [NEWADDR]: 'EACCES' } as const
    const { libc, sent } = fakeKernel(refused)
    expect(() => carryOut(libc, INTERFACE)).toThrow('EACCES')
    expect(sent).toEqual([NEWLINK, GETLINK, NEWADDR, DELLINK])
    const found = fakeKernel({ ...refused, [CREATE]: 'EEXIST' })
    expect(() => carryOut(found.libc, INTERFACE)).toThrow('EACCES')
    expect(found.sent).toEqual([NEWLINK, NEWLINK, GETLINK, NEWADDR])
  })

  test('may be gone when it is deleted', () => {
    const { libc } = fakeKernel({ [DELLINK]: 'ENODEV' })
    expect(carryOut(libc, { kind: 'delete-interface' })).toBe(0)
  })
})

test('the rules belong to a socket that stays open', () => {
  const { libc, closed } = fakeKernel({})
  expect(carryOut(libc, RULES)).toBe(SOCKET)
  expect(closed).toEqual([])
})

describe('a refusal names what helps', () => {
  test.each<[string, Operation, number, ErrorName, RegExp]>([
    [
      'no right',
      INTERFACE,
      NEWLINK,
      'EPERM',
      /^cannot create the dummy interface nodelocaldns: EPERM; it needs root with CAP_NET_ADMIN/,
    ],
    [
      'no dummy interfaces',
      INTERFACE,
      NEWLINK,
      'EOPNOTSUPP',
      /: ENOTSUP; the kernel has no dummy interfaces: run "modprobe dummy"/,
    ],
    [
      'an address that is refused',
      INTERFACE,
      NEWADDR,
      'EACCES',
      /^cannot add 169\.254\.20\.10 to the interface nodelocaldns: EACCES$/,
    ],
    [
      'a second node cache',
      RULES,
      NEWTABLE,
      'EPERM',
      /^cannot create the table inet clusterset_dns: EPERM; another process owns this table/,
    ],
    [
      'a table that somebody left',
      RULES,
      NEWTABLE,
      'EEXIST',
      /: EEXIST; somebody made this table: run "nft delete table inet clusterset_dns"/,
    ],
    [
      'a kernel without owners',
      RULES,
      NEWTABLE,
      'EOPNOTSUPP',
      /: ENOTSUP; tables with an owner need Linux 5\.12 or later$/,
    ],
    [
      'a kernel without nft_ct',
      RULES,
      NEWRULE,
      'ENOENT',
      /^cannot add a rule for 169\.254\.20\.10 to the chain queries_of_pods: ENOENT; the kernel needs nf_tables/,
    ],
  ])('%s', (_what, operation, type, error, message) => {
    const { libc, closed } = fakeKernel({ [type]: error })
    expect(() => carryOut(libc, operation)).toThrow(
      expect.objectContaining({ code: 'NODE_NETWORK', message: expect.stringMatching(message) }),
    )
    expect(closed).toEqual([SOCKET])
  })
})
