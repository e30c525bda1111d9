// Which search domains a file like /etc/resolv.conf has (miekg/dns ClientConfigFromReader).
import { expect, test } from 'vitest'
import { searchDomains } from '../../../src/plugins/autopath/search-domains.ts'

test.each([
  ['no line', '', []],
  ['`search`', 'nameserver 1.2.3.4\nsearch bar.com baz.com\n', ['bar.com.', 'baz.com.']],
  ['`domain` alone', 'domain foo.com bar.com\n', ['foo.com.']],
  ['the last of both: `search`', 'domain foo.com\nsearch bar.com\n', ['bar.com.']],
  ['the last of both: `domain`', 'search bar.com\ndomain foo.com\n', ['foo.com.']],
  ['the last `search`', 'search a.com b.com\nsearch c.com\n', ['c.com.']],
  ['an empty `search`', 'search a.com\nsearch\n', []],
  ['tabs, final dots and capitals', '\tsearch\tBar.COM.\t baz.com  \r\n', ['bar.com.', 'baz.com.']],
  [
    'comments and other words',
    '# search a.com\n; search b.com\nSEARCH c.com\noptions ndots:5\n',
    [],
  ],
])('%s', (_rule, text, domains) => {
  expect(searchDomains(text)).toEqual(domains)
})
