// The lookups of CoreDNS' own tests (plugin/file/*_test.go), as data: zone, question, and the records of each section. A TTL of 303
// stands for any.

export interface Lookup {
  readonly name: string
  readonly type: string
  /** True for a client with DO. */
  readonly dnssec?: boolean
  /** Default: NOERROR. */
  readonly rcode?: string
  readonly answers?: readonly string[]
  readonly authorities?: readonly string[]
  readonly additionals?: readonly string[]
}

export interface LookupGroup {
  readonly title: string
  /** A file in test/fixtures/zones. */
  readonly zone: string
  readonly origin: string
  readonly questions: readonly Lookup[]
}

export const upstreamLookups: readonly LookupGroup[] = [
  {
    title: 'lookups',
    zone: 'miek.nl',
    origin: 'miek.nl.',
    questions: [
      {
        name: 'www.miek.nl.',
        type: 'A',
        answers: ['a.miek.nl. 1800 IN A 139.162.196.78', 'www.miek.nl. 1800 IN CNAME a.miek.nl.'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'www.miek.nl.',
        type: 'AAAA',
        answers: [
          'a.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
          'www.miek.nl. 1800 IN CNAME a.miek.nl.',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'SOA',
        answers: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'AAAA',
        answers: ['miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'mIeK.NL.',
        type: 'AAAA',
        answers: ['miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'MX',
        answers: [
          'miek.nl. 1800 IN MX 1 aspmx.l.google.com.',
          'miek.nl. 1800 IN MX 10 aspmx2.googlemail.com.',
          'miek.nl. 1800 IN MX 10 aspmx3.googlemail.com.',
          'miek.nl. 1800 IN MX 5 alt1.aspmx.l.google.com.',
          'miek.nl. 1800 IN MX 5 alt2.aspmx.l.google.com.',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'a.miek.nl.',
        type: 'SRV',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'b.miek.nl.',
        type: 'A',
        rcode: 'NXDOMAIN',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'srv.miek.nl.',
        type: 'SRV',
        answers: ['srv.miek.nl. 1800 IN SRV 10 10 8080 a.miek.nl.'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
        additionals: [
          'a.miek.nl. 1800 IN A 139.162.196.78',
          'a.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'mx.miek.nl.',
        type: 'MX',
        answers: ['mx.miek.nl. 1800 IN MX 10 a.miek.nl.'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
        additionals: [
          'a.miek.nl. 1800 IN A 139.162.196.78',
          'a.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'asterisk.x.miek.nl.',
        type: 'CNAME',
        answers: ['asterisk.x.miek.nl. 1800 IN CNAME www.miek.nl.'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'a.b.x.miek.nl.',
        type: 'CNAME',
        rcode: 'NXDOMAIN',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'asterisk.y.miek.nl.',
        type: 'A',
        answers: ['asterisk.y.miek.nl. 1800 IN A 139.162.196.78'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'foo.dname.miek.nl.',
        type: 'CNAME',
        answers: [
          'dname.miek.nl. 1800 IN DNAME x.miek.nl.',
          'foo.dname.miek.nl. 1800 IN CNAME foo.x.miek.nl.',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'ext-cname.miek.nl.',
        type: 'A',
        rcode: 'SERVFAIL',
        answers: ['ext-cname.miek.nl. 1800 IN CNAME example.com.'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'txt.miek.nl.',
        type: 'TXT',
        answers: ['txt.miek.nl. 1800 IN TXT "v=spf1 a mx ~all"'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'caa.miek.nl.',
        type: 'CAA',
        answers: ['caa.miek.nl. 1800 IN CAA 0 issue letsencrypt.org'],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
    ],
  },
  {
    title: 'addresses of targets',
    zone: 'additional',
    origin: 'example.org.',
    questions: [
      {
        name: 'mx.example.org.',
        type: 'MX',
        answers: [
          'mx.example.org. 1800 IN MX 10 host.example.org.',
          'mx.example.org. 1800 IN MX 20 host.example.org.',
        ],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'host.example.org. 1800 IN A 192.0.2.10',
          'host.example.org. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: 'srv.example.org.',
        type: 'SRV',
        answers: [
          'srv.example.org. 1800 IN SRV 10 50 8080 host.example.org.',
          'srv.example.org. 1800 IN SRV 20 50 8080 host.example.org.',
        ],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'host.example.org. 1800 IN A 192.0.2.10',
          'host.example.org. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: 'two.example.org.',
        type: 'MX',
        answers: [
          'two.example.org. 1800 IN MX 10 host.example.org.',
          'two.example.org. 1800 IN MX 20 other.example.org.',
        ],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'host.example.org. 1800 IN A 192.0.2.10',
          'host.example.org. 1800 IN AAAA 2001:db8::10',
          'other.example.org. 1800 IN A 192.0.2.20',
          'other.example.org. 1800 IN AAAA 2001:db8::20',
        ],
      },
      {
        name: 'cname-srv.example.org.',
        type: 'SRV',
        answers: [
          'cname-srv.example.org. 1800 IN CNAME srv.example.org.',
          'srv.example.org. 1800 IN SRV 10 50 8080 host.example.org.',
          'srv.example.org. 1800 IN SRV 20 50 8080 host.example.org.',
        ],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'host.example.org. 1800 IN A 192.0.2.10',
          'host.example.org. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: 'foo.wild.example.org.',
        type: 'SRV',
        answers: [
          'foo.wild.example.org. 1800 IN CNAME srv.example.org.',
          'srv.example.org. 1800 IN SRV 10 50 8080 host.example.org.',
          'srv.example.org. 1800 IN SRV 20 50 8080 host.example.org.',
        ],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'host.example.org. 1800 IN A 192.0.2.10',
          'host.example.org. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: 'srv.dname.example.org.',
        type: 'SRV',
        answers: [
          'dname.example.org. 1800 IN DNAME dsub.example.org.',
          'srv.dname.example.org. 1800 IN CNAME srv.dsub.example.org.',
          'srv.dsub.example.org. 1800 IN SRV 10 50 8080 host.example.org.',
        ],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'host.example.org. 1800 IN A 192.0.2.10',
          'host.example.org. 1800 IN AAAA 2001:db8::10',
        ],
      },
    ],
  },
  {
    title: 'delegations',
    zone: 'miek.nl-delegation',
    origin: 'miek.nl.',
    questions: [
      {
        name: 'a.delegated.miek.nl.',
        type: 'TXT',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'delegated.miek.nl.',
        type: 'NS',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'foo.delegated.miek.nl.',
        type: 'A',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'foo.delegated.miek.nl.',
        type: 'TXT',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'foo.delegated.miek.nl.',
        type: 'SOA',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'SOA',
        answers: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'AAAA',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
    ],
  },
  {
    title: 'delegations of a signed zone',
    zone: 'example.org-signed',
    origin: 'example.org.',
    questions: [
      {
        name: 'a.delegated.example.org.',
        type: 'TXT',
        dnssec: true,
        authorities: [
          'delegated.example.org. 1800 IN DS 10056 5 1 EE72CABD1927759CDDA92A10DBF431504B9E1F13',
          'delegated.example.org. 1800 IN DS 10056 5 2 E4B05F87725FA86D9A64F1E53C3D0E6250946599DFE639C45955B0ED416CDDFA',
          'delegated.example.org. 1800 IN NS a.delegated.example.org.',
          'delegated.example.org. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'delegated.example.org. 1800 IN RRSIG DS 13 3 1800 20161129153240 20161030153240 49035 example.org. AA==',
        ],
        additionals: [
          'a.delegated.example.org. 1800 IN A 139.162.196.78',
          'a.delegated.example.org. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'delegated.example.org.',
        type: 'NS',
        dnssec: true,
        authorities: [
          'delegated.example.org. 1800 IN DS 10056 5 1 EE72CABD1927759CDDA92A10DBF431504B9E1F13',
          'delegated.example.org. 1800 IN DS 10056 5 2 E4B05F87725FA86D9A64F1E53C3D0E6250946599DFE639C45955B0ED416CDDFA',
          'delegated.example.org. 1800 IN NS a.delegated.example.org.',
          'delegated.example.org. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'delegated.example.org. 1800 IN RRSIG DS 13 3 1800 20161129153240 20161030153240 49035 example.org. AA==',
        ],
        additionals: [
          'a.delegated.example.org. 1800 IN A 139.162.196.78',
          'a.delegated.example.org. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'foo.delegated.example.org.',
        type: 'A',
        dnssec: true,
        authorities: [
          'delegated.example.org. 1800 IN DS 10056 5 1 EE72CABD1927759CDDA92A10DBF431504B9E1F13',
          'delegated.example.org. 1800 IN DS 10056 5 2 E4B05F87725FA86D9A64F1E53C3D0E6250946599DFE639C45955B0ED416CDDFA',
          'delegated.example.org. 1800 IN NS a.delegated.example.org.',
          'delegated.example.org. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'delegated.example.org. 1800 IN RRSIG DS 13 3 1800 20161129153240 20161030153240 49035 example.org. AA==',
        ],
        additionals: [
          'a.delegated.example.org. 1800 IN A 139.162.196.78',
          'a.delegated.example.org. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'foo.delegated.example.org.',
        type: 'DS',
        dnssec: true,
        authorities: [
          'delegated.example.org. 1800 IN DS 10056 5 1 EE72CABD1927759CDDA92A10DBF431504B9E1F13',
          'delegated.example.org. 1800 IN DS 10056 5 2 E4B05F87725FA86D9A64F1E53C3D0E6250946599DFE639C45955B0ED416CDDFA',
          'delegated.example.org. 1800 IN NS a.delegated.example.org.',
          'delegated.example.org. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'delegated.example.org. 1800 IN RRSIG DS 13 3 1800 20161129153240 20161030153240 49035 example.org. AA==',
        ],
        additionals: [
          'a.delegated.example.org. 1800 IN A 139.162.196.78',
          'a.delegated.example.org. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: 'delegated.example.org.',
        type: 'DS',
        dnssec: true,
        answers: [
          'delegated.example.org. 1800 IN DS 10056 5 1 EE72CABD1927759CDDA92A10DBF431504B9E1F13',
          'delegated.example.org. 1800 IN DS 10056 5 2 E4B05F87725FA86D9A64F1E53C3D0E6250946599DFE639C45955B0ED416CDDFA',
          'delegated.example.org. 1800 IN RRSIG DS 13 3 1800 20161129153240 20161030153240 49035 example.org. AA==',
        ],
        authorities: [
          'example.org. 1800 IN NS a.iana-servers.net.',
          'example.org. 1800 IN NS b.iana-servers.net.',
          'example.org. 1800 IN RRSIG NS 13 2 1800 20161129153240 20161030153240 49035 example.org. AA==',
        ],
      },
    ],
  },
  {
    title: 'DS',
    zone: 'miek.nl-delegation',
    origin: 'miek.nl.',
    questions: [
      {
        name: 'a.delegated.miek.nl.',
        type: 'DS',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: '_udp.delegated.miek.nl.',
        type: 'DS',
        authorities: [
          'delegated.miek.nl. 1800 IN NS a.delegated.miek.nl.',
          'delegated.miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
        ],
        additionals: [
          'a.delegated.miek.nl. 1800 IN A 139.162.196.78',
          'a.delegated.miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
        ],
      },
      {
        name: '_udp.miek.nl.',
        type: 'DS',
        rcode: 'NXDOMAIN',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'DS',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
    ],
  },
  {
    title: 'empty non-terminals',
    zone: 'miek.nl-ent',
    origin: 'miek.nl.',
    questions: [
      {
        name: 'b.c.miek.nl.',
        type: 'A',
        authorities: [
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'b.c.miek.nl.',
        type: 'A',
        dnssec: true,
        authorities: [
          'a.miek.nl. 14400 IN NSEC a.b.c.miek.nl. A RRSIG NSEC',
          'a.miek.nl. 14400 IN RRSIG NSEC 8 3 14400 20160502144311 20160402144311 12051 miek.nl. AA==',
          'miek.nl. 1800 IN RRSIG SOA 8 2 1800 20160502144311 20160402144311 12051 miek.nl. AA==',
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
    ],
  },
  {
    title: 'a signed zone',
    zone: 'miek.nl-signed',
    origin: 'miek.nl.',
    questions: [
      {
        name: 'miek.nl.',
        type: 'SOA',
        dnssec: true,
        answers: [
          'miek.nl. 1800 IN RRSIG SOA 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
          'miek.nl. 1800 IN RRSIG NS 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'AAAA',
        dnssec: true,
        answers: [
          'miek.nl. 1800 IN AAAA 2a01:7e00::f03c:91ff:fef1:6735',
          'miek.nl. 1800 IN RRSIG AAAA 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
          'miek.nl. 1800 IN RRSIG NS 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'NS',
        dnssec: true,
        answers: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
          'miek.nl. 1800 IN RRSIG NS 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
      },
      {
        name: 'miek.nl.',
        type: 'MX',
        dnssec: true,
        answers: [
          'miek.nl. 1800 IN MX 1 aspmx.l.google.com.',
          'miek.nl. 1800 IN MX 10 aspmx2.googlemail.com.',
          'miek.nl. 1800 IN MX 10 aspmx3.googlemail.com.',
          'miek.nl. 1800 IN MX 5 alt1.aspmx.l.google.com.',
          'miek.nl. 1800 IN MX 5 alt2.aspmx.l.google.com.',
          'miek.nl. 1800 IN RRSIG MX 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
          'miek.nl. 1800 IN RRSIG NS 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
      },
      {
        name: 'www.miek.nl.',
        type: 'A',
        dnssec: true,
        answers: [
          'a.miek.nl. 1800 IN A 139.162.196.78',
          'a.miek.nl. 1800 IN RRSIG A 8 3 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
          'www.miek.nl. 1800 IN CNAME a.miek.nl.',
          'www.miek.nl. 1800 RRSIG CNAME 8 3 1800 20160426031301 20160327031301 12051 miek.nl. NVZmMJaypS+wDL2Lar4Zw1zF',
        ],
        authorities: [
          'miek.nl. 1800 IN NS ext.ns.whyscream.net.',
          'miek.nl. 1800 IN NS linode.atoom.net.',
          'miek.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'miek.nl. 1800 IN NS omval.tednet.nl.',
          'miek.nl. 1800 IN RRSIG NS 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
        ],
      },
      {
        name: 'a.miek.nl.',
        type: 'SRV',
        dnssec: true,
        authorities: [
          'a.miek.nl. 14400 IN NSEC archive.miek.nl. A AAAA RRSIG NSEC',
          'a.miek.nl. 14400 IN RRSIG NSEC 8 3 14400 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN RRSIG SOA 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'b.miek.nl.',
        type: 'A',
        dnssec: true,
        rcode: 'NXDOMAIN',
        authorities: [
          'archive.miek.nl. 14400 IN NSEC go.dns.miek.nl. CNAME RRSIG NSEC',
          'archive.miek.nl. 14400 IN RRSIG NSEC 8 3 14400 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 14400 IN NSEC a.miek.nl. A NS SOA MX AAAA RRSIG NSEC DNSKEY',
          'miek.nl. 14400 IN RRSIG NSEC 8 2 14400 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN RRSIG SOA 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'b.blaat.miek.nl.',
        type: 'A',
        dnssec: true,
        rcode: 'NXDOMAIN',
        authorities: [
          'archive.miek.nl. 14400 IN NSEC go.dns.miek.nl. CNAME RRSIG NSEC',
          'archive.miek.nl. 14400 IN RRSIG NSEC 8 3 14400 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 14400 IN NSEC a.miek.nl. A NS SOA MX AAAA RRSIG NSEC DNSKEY',
          'miek.nl. 14400 IN RRSIG NSEC 8 2 14400 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN RRSIG SOA 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
      {
        name: 'b.a.miek.nl.',
        type: 'A',
        dnssec: true,
        rcode: 'NXDOMAIN',
        authorities: [
          'a.miek.nl. 14400 IN NSEC archive.miek.nl. A AAAA RRSIG NSEC',
          'a.miek.nl. 14400 IN RRSIG NSEC 8 3 14400 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN RRSIG SOA 8 2 1800 20160426031301 20160327031301 12051 miek.nl. AA==',
          'miek.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1282630057 14400 3600 604800 14400',
        ],
      },
    ],
  },
  {
    title: 'glue',
    zone: 'atoom.net-signed',
    origin: 'atoom.net.',
    questions: [
      {
        name: 'atoom.net.',
        type: 'NS',
        dnssec: true,
        answers: [
          'atoom.net. 1800 IN NS linode.atoom.net.',
          'atoom.net. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'atoom.net. 1800 IN NS omval.tednet.nl.',
          'atoom.net. 1800 IN RRSIG NS 8 2 1800 20170112031301 20161213031301 53289 atoom.net. AA==',
        ],
        additionals: [
          'linode.atoom.net. 1800 IN A 176.58.119.54',
          'linode.atoom.net. 1800 IN AAAA 2a01:7e00::f03c:91ff:fe79:234c',
          'linode.atoom.net. 1800 IN RRSIG A 8 3 1800 20170112031301 20161213031301 53289 atoom.net. AA==',
          'linode.atoom.net. 1800 IN RRSIG AAAA 8 3 1800 20170112031301 20161213031301 53289 atoom.net. AA==',
        ],
      },
    ],
  },
  {
    title: 'SVCB and HTTPS',
    zone: 'svcb',
    origin: 'example.com.',
    questions: [
      {
        name: '_8443._foo.example.com.',
        type: 'SVCB',
        answers: [
          '_8443._foo.example.com. 1800 IN SVCB 1 svc-target.example.com. alpn="h2,h3" port="8443"',
        ],
        authorities: ['example.com. 1800 IN NS ns.example.com.'],
        additionals: [
          'svc-target.example.com. 1800 IN A 192.0.2.10',
          'svc-target.example.com. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: 'www.example.com.',
        type: 'HTTPS',
        answers: ['www.example.com. 1800 IN HTTPS 1 svc-target.example.com. alpn="h2,h3"'],
        authorities: ['example.com. 1800 IN NS ns.example.com.'],
        additionals: [
          'svc-target.example.com. 1800 IN A 192.0.2.10',
          'svc-target.example.com. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: '_alias._foo.example.com.',
        type: 'SVCB',
        answers: ['_alias._foo.example.com. 1800 IN SVCB 0 svc-target.example.com.'],
        authorities: ['example.com. 1800 IN NS ns.example.com.'],
        additionals: [
          'svc-target.example.com. 1800 IN A 192.0.2.10',
          'svc-target.example.com. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: '_http._tcp.example.com.',
        type: 'SVCB',
        answers: ['_http._tcp.example.com. 1800 IN SVCB 1 svc-target.example.com. port="443"'],
        authorities: ['example.com. 1800 IN NS ns.example.com.'],
        additionals: [
          'svc-target.example.com. 1800 IN A 192.0.2.10',
          'svc-target.example.com. 1800 IN AAAA 2001:db8::10',
        ],
      },
      {
        name: 'svc-target.example.com.',
        type: 'SVCB',
        authorities: [
          'example.com. 1800 IN SOA ns.example.com. admin.example.com. 2024010100 14400 3600 604800 14400',
        ],
      },
      {
        name: 'nonexistent.example.com.',
        type: 'SVCB',
        rcode: 'NXDOMAIN',
        authorities: [
          'example.com. 1800 IN SOA ns.example.com. admin.example.com. 2024010100 14400 3600 604800 14400',
        ],
      },
    ],
  },
  {
    title: 'wildcards of a signed zone',
    zone: 'dnssex.nl-signed',
    origin: 'dnssex.nl.',
    questions: [
      {
        name: 'wild.dnssex.nl.',
        type: 'TXT',
        answers: ['wild.dnssex.nl. 1800 IN TXT "Doing It Safe Is Better"'],
        authorities: [
          'dnssex.nl. 1800 IN NS linode.atoom.net.',
          'dnssex.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'dnssex.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'a.wild.dnssex.nl.',
        type: 'TXT',
        answers: ['a.wild.dnssex.nl. 1800 IN TXT "Doing It Safe Is Better"'],
        authorities: [
          'dnssex.nl. 1800 IN NS linode.atoom.net.',
          'dnssex.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'dnssex.nl. 1800 IN NS omval.tednet.nl.',
        ],
      },
      {
        name: 'wild.dnssex.nl.',
        type: 'TXT',
        dnssec: true,
        answers: [
          'wild.dnssex.nl. 1800 IN RRSIG TXT 8 2 1800 20160428190224 20160329190224 14460 dnssex.nl. AA==',
          'wild.dnssex.nl. 1800 IN TXT "Doing It Safe Is Better"',
        ],
        authorities: [
          'a.dnssex.nl. 14400 IN NSEC www.dnssex.nl. A AAAA RRSIG NSEC',
          'a.dnssex.nl. 14400 IN RRSIG NSEC 8 3 14400 20160428190224 20160329190224 14460 dnssex.nl. AA==',
          'dnssex.nl. 1800 IN NS linode.atoom.net.',
          'dnssex.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'dnssex.nl. 1800 IN NS omval.tednet.nl.',
          'dnssex.nl. 1800 IN RRSIG NS 8 2 1800 20160428190224 20160329190224 14460 dnssex.nl. AA==',
        ],
      },
      {
        name: 'a.wild.dnssex.nl.',
        type: 'TXT',
        dnssec: true,
        answers: [
          'a.wild.dnssex.nl. 1800 IN RRSIG TXT 8 2 1800 20160428190224 20160329190224 14460 dnssex.nl. AA==',
          'a.wild.dnssex.nl. 1800 IN TXT "Doing It Safe Is Better"',
        ],
        authorities: [
          'a.dnssex.nl. 14400 IN NSEC www.dnssex.nl. A AAAA RRSIG NSEC',
          'a.dnssex.nl. 14400 IN RRSIG NSEC 8 3 14400 20160428190224 20160329190224 14460 dnssex.nl. AA==',
          'dnssex.nl. 1800 IN NS linode.atoom.net.',
          'dnssex.nl. 1800 IN NS ns-ext.nlnetlabs.nl.',
          'dnssex.nl. 1800 IN NS omval.tednet.nl.',
          'dnssex.nl. 1800 IN RRSIG NS 8 2 1800 20160428190224 20160329190224 14460 dnssex.nl. AA==',
        ],
      },
      {
        name: 'wild.dnssex.nl.',
        type: 'SRV',
        authorities: [
          'dnssex.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1459281744 14400 3600 604800 14400',
        ],
      },
      {
        name: 'wild.dnssex.nl.',
        type: 'SRV',
        dnssec: true,
        authorities: [
          '*.dnssex.nl. 14400 IN NSEC a.dnssex.nl. TXT RRSIG NSEC',
          '*.dnssex.nl. 14400 IN RRSIG NSEC 8 2 14400 20160428190224 20160329190224 14460 dnssex.nl. AA==',
          'dnssex.nl. 1800 IN RRSIG SOA 8 2 1800 20160428190224 20160329190224 14460 dnssex.nl. AA==',
          'dnssex.nl. 1800 IN SOA linode.atoom.net. miek.miek.nl. 1459281744 14400 3600 604800 14400',
        ],
      },
    ],
  },
  {
    title: 'a wildcard below a wildcard',
    zone: 'example.org',
    origin: 'example.org.',
    questions: [
      {
        name: 'wild.w.example.org.',
        type: 'TXT',
        answers: ['wild.w.example.org. IN TXT "Wildcard"'],
        authorities: [
          'example.org. 3600 IN NS a.iana-servers.net.',
          'example.org. 3600 IN NS b.iana-servers.net.',
        ],
      },
      {
        name: 'wild.c.example.org.',
        type: 'TXT',
        answers: ['wild.c.example.org. IN TXT "c Wildcard"'],
        authorities: [
          'example.org. 3600 IN NS a.iana-servers.net.',
          'example.org. 3600 IN NS b.iana-servers.net.',
        ],
      },
      {
        name: 'wild.d.example.org.',
        type: 'TXT',
        answers: [
          'alias.example.org. IN TXT "Wildcard CNAME expansion"',
          'wild.d.example.org. IN CNAME alias.example.org',
        ],
        authorities: [
          'example.org. 3600 IN NS a.iana-servers.net.',
          'example.org. 3600 IN NS b.iana-servers.net.',
        ],
      },
      {
        name: 'alias.example.org.',
        type: 'TXT',
        answers: ['alias.example.org. IN TXT "Wildcard CNAME expansion"'],
        authorities: [
          'example.org. 3600 IN NS a.iana-servers.net.',
          'example.org. 3600 IN NS b.iana-servers.net.',
        ],
      },
    ],
  },
  {
    title: 'a wildcard of the whole zone',
    zone: 'wildcard-apex',
    origin: 'example.org.',
    questions: [
      {
        name: 'foo.example.org.',
        type: 'A',
        answers: ['foo.example.org. 3600 IN A 127.0.0.54'],
        authorities: ['example.org. 3600 IN NS b.iana-servers.net.'],
      },
      {
        name: 'bar.example.org.',
        type: 'A',
        answers: ['bar.example.org. 3600 IN A 127.0.0.53'],
        authorities: ['example.org. 3600 IN NS b.iana-servers.net.'],
      },
    ],
  },
  {
    title: 'two wildcards',
    zone: 'wildcard-double',
    origin: 'example.org.',
    questions: [
      {
        name: 'foo.example.org.',
        type: 'A',
        answers: ['foo.example.org. 3600 IN A 127.0.0.54'],
        authorities: ['example.org. 3600 IN NS b.iana-servers.net.'],
      },
      {
        name: 'bar.example.org.',
        type: 'A',
        answers: ['bar.example.org. 3600 IN A 127.0.0.53'],
        authorities: ['example.org. 3600 IN NS b.iana-servers.net.'],
      },
      {
        name: 'bar.intern.example.org.',
        type: 'A',
        answers: ['bar.intern.example.org. 3600 IN A 127.0.1.52'],
        authorities: ['example.org. 3600 IN NS b.iana-servers.net.'],
      },
    ],
  },
  {
    title: 'addresses of targets of wildcards',
    zone: 'wildcard-additional',
    origin: 'example.org.',
    questions: [
      {
        name: 'foo.wild.example.org.',
        type: 'MX',
        answers: ['foo.wild.example.org. 1800 IN MX 10 mail.example.org.'],
        authorities: ['example.org. 1800 IN NS ns.example.org.'],
        additionals: [
          'mail.example.org. 1800 IN A 192.0.2.10',
          'mail.example.org. 1800 IN AAAA 2001:db8::10',
        ],
      },
    ],
  },
  {
    title: 'wildcards and closer names',
    zone: 'wildcard-closer',
    origin: 'example.org.',
    questions: [
      {
        name: 'nonexistent.deeper.example.org.',
        type: 'A',
        rcode: 'NXDOMAIN',
        authorities: [
          'example.org. 3600 IN SOA sns.dns.icann.org. noc.dns.icann.org. 2015082541 7200 3600 1209600 3600',
        ],
      },
      {
        name: 'nonexistent.example.org.',
        type: 'A',
        answers: ['nonexistent.example.org. 3600 IN A 127.0.0.53'],
        authorities: ['example.org. 3600 IN NS b.iana-servers.net.'],
      },
    ],
  },
  {
    title: 'wildcards that are empty non-terminals',
    zone: 'wildcard-ent',
    origin: 'example.org.',
    questions: [
      {
        name: 'something.e.example.org.',
        type: 'A',
        authorities: [
          'example.org. 3600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 3600',
        ],
      },
      {
        name: 'something.e.example.org.',
        type: 'AAAA',
        authorities: [
          'example.org. 3600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 3600',
        ],
      },
      {
        name: 'something.somewhere.e.example.org.',
        type: 'A',
        authorities: [
          'example.org. 3600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 3600',
        ],
      },
      {
        name: 'f.*.e.example.org.',
        type: 'A',
        answers: ['f.*.e.example.org. 3600 IN A 192.0.2.1'],
        authorities: ['example.org. 3600 IN NS ns.example.org.'],
      },
      {
        name: 'missing.*.e.example.org.',
        type: 'A',
        rcode: 'NXDOMAIN',
        authorities: [
          'example.org. 3600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 3600',
        ],
      },
      {
        name: 'missing.deep.e.example.org.',
        type: 'A',
        rcode: 'NXDOMAIN',
        authorities: [
          'example.org. 3600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 3600',
        ],
      },
      {
        name: 'something.ordinary.example.org.',
        type: 'A',
        answers: ['something.ordinary.example.org. 3600 IN A 192.0.2.4'],
        authorities: ['example.org. 3600 IN NS ns.example.org.'],
      },
    ],
  },
]
