import { describe, expect, test } from 'vitest'
import { FlagError, flagsOf, parseFlags } from '../../src/cli/flags.ts'

describe("flags in Go's forms", () => {
  test.each([
    ['an empty command line', [], { conf: '', port: 53, quiet: false, logFormat: 'coredns' }],
    ['-conf FILE', ['-conf', 'x'], { conf: 'x' }],
    ['-conf=FILE', ['-conf=x'], { conf: 'x' }],
    ['--conf FILE', ['--conf', 'x'], { conf: 'x' }],
    ['--conf=FILE, = in the value', ['--conf=a=b'], { conf: 'a=b' }],
    ['-dns.port N', ['-dns.port', '1053'], { port: 1053 }],
    ['-p N', ['-p', '1053'], { port: 1053 }],
    ['-p=0', ['-p=0'], { port: 0 }],
    ['a boolean alone', ['-quiet'], { quiet: true }],
    ['a boolean with a value', ['-quiet=false', '-version=T'], { quiet: false, version: true }],
    ['the last of two values', ['-p', '1', '-p', '2'], { port: 2 }],
    ['-h', ['-h'], { help: true }],
    ['-log-format json', ['-log-format', 'json'], { logFormat: 'json' }],
    ['no -localip', [], { localIps: [] }],
    [
      '-localip A,B, each once',
      ['-localip', '169.254.20.10,fd00::a,169.254.20.10'],
      { localIps: ['169.254.20.10', 'fd00::a'] },
    ],
  ])('%s is parsed', (_name, args, expected) => {
    expect(parseFlags(args)).toMatchObject(expected)
  })

  test.each([
    ['check', '-pidfile'],
    ['check', '-quiet'],
    ['check', '-transport'],
    ['check', '-localip'],
    ['demo', '-localip'],
    ['demo', '-conf'],
  ] as const)('%s does not accept %s, which it does not use', (command, flag) => {
    expect(() => parseFlags([flag, 'x'], command)).toThrow(`provided but not defined: ${flag}`)
    expect(flagsOf(command).flatMap(({ names }) => names)).not.toContain(flag.slice(1))
  })

  test.each([
    ['an unknown flag', ['-nope'], 'flag provided but not defined: -nope', true],
    ['a flag without its value', ['-conf'], 'flag needs an argument: -conf', true],
    [
      'an invalid boolean',
      ['-quiet=maybe'],
      'invalid boolean value "maybe" for -quiet: parse error',
      true,
    ],
    ['extra arguments', ['-quiet', 'a', 'b'], 'extra command line arguments: [a b]', false],
    [
      'a port that is not a number',
      ['-p', 'x'],
      'invalid port "x" for -dns.port: must be a number from 0 to 65535',
      false,
    ],
    ['a port that is too large', ['-p', '70000'], 'invalid port "70000" for -dns.port', false],
    ['an unknown log format', ['-log-format', 'xml'], 'invalid value "xml" for -log-format', false],
  ])('%s is refused', (_name, args, text, showsUsage) => {
    const parse = () => parseFlags(args)
    expect(parse).toThrow(text)
    try {
      parse()
    } catch (error) {
      expect(error).toBeInstanceOf(FlagError)
      expect((error as FlagError).usage).toBe(showsUsage)
    }
  })

  test.each(['$(KUBE_DNS_SERVICE_HOST)', '', '10.0.0', 'fe80::1%lo', '0.0.0.0', '::'])(
    '"%s" is no address of a node cache',
    (address) => {
      const parse = () => parseFlags(['-localip', `169.254.20.10,${address}`])
      expect(parse).toThrow(`invalid localip specified - "${address}"`)
    },
  )
})
