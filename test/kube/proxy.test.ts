import { describe, expect, test } from 'vitest'
import { proxyFor, shownProxy } from '../../src/kube/proxy.ts'

const PROXY = 'http://proxy.test:3128'

describe('proxy-url of a kubeconfig', () => {
  test.each(['http://proxy.test:3128', 'https://proxy.test', 'socks5://127.0.0.1:1080'])(
    '%s is used',
    (url) => {
      expect(proxyFor('https://api.test:6443', url, {})).toBe(url)
    },
  )

  test.each([
    ['socks4://127.0.0.1:1080', 'unsupported scheme "socks4", must be http, https, or socks5'],
    ['socks5h://127.0.0.1:1080', 'unsupported scheme "socks5h", must be http, https, or socks5'],
    ['ftp://proxy.test', 'unsupported scheme "ftp", must be http, https, or socks5'],
    ['proxy.test:3128', 'unsupported scheme "proxy.test", must be http, https, or socks5'],
    ['proxy', 'unsupported scheme "", must be http, https, or socks5'],
    ['http://', 'could not parse it as a URL with a host'],
  ])('%s is refused with the words of client-go', (url, text) => {
    expect(() => proxyFor('https://api.test', url, {})).toThrow(`invalid 'proxy-url': ${text}`)
  })

  test('counts before the environment, NO_PROXY and loopback', () => {
    const env = { HTTPS_PROXY: 'http://other.test', NO_PROXY: '*' }
    expect(proxyFor('https://127.0.0.1:6443', PROXY, env)).toBe(PROXY)
  })
})

describe('a proxy of the environment', () => {
  test.each([
    ['https', { HTTPS_PROXY: PROXY }, PROXY],
    ['https', { https_proxy: PROXY }, PROXY],
    ['https', { HTTPS_PROXY: PROXY, https_proxy: 'http://lower.test' }, PROXY],
    ['https', { HTTPS_PROXY: '', https_proxy: PROXY }, PROXY],
    ['https', { HTTP_PROXY: PROXY, ALL_PROXY: PROXY }, undefined],
    ['http', { HTTP_PROXY: PROXY }, PROXY],
    ['http', { http_proxy: PROXY }, PROXY],
    ['http', { HTTPS_PROXY: PROXY }, undefined],
    ['https', { HTTPS_PROXY: 'proxy.test:3128' }, PROXY],
    ['https', { HTTPS_PROXY: '127.0.0.1:8080' }, 'http://127.0.0.1:8080'],
    ['https', { HTTPS_PROXY: 'localhost' }, 'http://localhost'],
    ['https', { HTTPS_PROXY: 'socks5://127.0.0.1' }, 'socks5://127.0.0.1'],
    ['https', { HTTPS_PROXY: 'socks5h://127.0.0.1' }, 'socks5h://127.0.0.1'],
    ['https', { HTTPS_PROXY: PROXY, REQUEST_METHOD: 'GET' }, PROXY],
    ['https', {}, undefined],
  ])('for %s with %o is %s', (scheme, env, expected) => {
    expect(proxyFor(`${scheme}://example.com`, undefined, env)).toBe(expected)
  })

  test('is refused for http in a CGI environment', () => {
    const env = { HTTP_PROXY: PROXY, REQUEST_METHOD: 'GET' }
    expect(() => proxyFor('http://example.com', undefined, env)).toThrow('CGI environment')
  })

  test.each([
    ['foo://u:secret@host', 'unsupported scheme "foo", must be http, https, or socks5'],
    ['%%%:secret', 'could not parse it as a URL with a host'],
    ['http://u:secret%@host', 'its user name or password has an invalid % escape'],
  ])('%s is refused and not quoted', (value, text) => {
    const full = `the environment variable HTTPS_PROXY is invalid: ${text}`
    expect(() => proxyFor('https://example.com', undefined, { HTTPS_PROXY: value })).toThrow(
      new Error(full),
    )
  })
})

// The vectors are those of golang.org/x/net/http/httpproxy.
describe('NO_PROXY', () => {
  const list =
    'foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30, ' +
    '2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64'

  test.each([
    ['localhost', false],
    ['127.0.0.1', false],
    ['127.0.0.2', false],
    ['[::1]', false],
    ['[::2]', true],
    ['192.168.1.1', false],
    ['192.168.1.2', true],
    ['192.168.1.3', false],
    ['192.168.1.4', true],
    ['10.0.0.2', false],
    ['[2001:db8::52:0:1]', false],
    ['[2001:db8::52:0:2]', true],
    ['[2001:db8::52:0:3]', false],
    ['[2002:db8:a::123]', false],
    ['[fe80::424b:c8be:1643:a1b6]', true],
    ['barbaz.net', true],
    ['www.barbaz.net', false],
    ['foobar.com', false],
    ['www.foobar.com', false],
    ['foofoobar.com', true],
    ['baz.com', true],
    ['localhost.net', true],
    ['local.localhost', true],
    ['barbarbaz.net', true],
    ['wildcard.io', true],
    ['nested.wildcard.io', false],
    ['awildcard.io', true],
  ])('%s uses the proxy: %s', (host, uses) => {
    const env = { HTTP_PROXY: PROXY, NO_PROXY: list }
    expect(proxyFor(`http://${host}:80`, undefined, env)).toBe(uses ? PROXY : undefined)
    expect(proxyFor(`http://${host}:80`, undefined, { ...env, NO_PROXY: '*' })).toBe(undefined)
  })

  test.each([
    ['example.com', 'example.com', false],
    ['.example.com', 'example.com', true],
    ['ample.com', 'example.com', true],
    ['example.com', 'foo.example.com', false],
    ['.示例.com', 'www.示例.com', false],
    ['xn--fsq092h.com', 'www.示例.com', false],
    ['示例.com', 'www.xn--fsq092h.com', false],
    [':1', 'example.com', true],
    ['10.0.0.0/33,,/8,10.0.0.0/x', '10.0.0.1', true],
    ['example.com:443', 'example.com', true],
  ])('%s for %s uses the proxy: %s', (noProxy, host, uses) => {
    const env = { http_proxy: PROXY, no_proxy: noProxy }
    expect(proxyFor(`http://${host}`, undefined, env)).toBe(uses ? PROXY : undefined)
  })
})

test('a proxy is shown without user name and password', () => {
  expect(shownProxy('socks5://me:secret@[::1]:1080')).toBe('socks5://[::1]:1080')
})
