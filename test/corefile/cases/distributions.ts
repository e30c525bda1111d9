// Corefiles of distributions and multicluster guides, shortened. The parser must read all of them, including
// directives that are not supported.

interface Distribution {
  readonly name: string
  readonly corefile: string
  readonly files?: Readonly<Record<string, string>>
  /** "KEYS: DIRECTIVES" of each server block. */
  readonly blocks: readonly string[]
  readonly warnings?: readonly string[]
}

export const corefiles: readonly Distribution[] = [
  {
    name: 'kubeadm',
    corefile: `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`,
    blocks: [
      '.:53: errors health ready kubernetes prometheus forward cache loop reload loadbalance',
    ],
  },
  {
    name: 'AKS',
    corefile: `.:53 {
    errors
    template ANY ANY internal.cloudapp.net {
      match "^(?:[^.]+\\.){4,}internal\\.cloudapp\\.net\\.$"
      rcode NXDOMAIN
      fallthrough
    }
    import custom/*.override
}
import custom/*.server
`,
    files: {
      '/DIR/custom/log.override': 'log\n',
      '/DIR/custom/a.server': 'a.org:53 {\n  forward . 10.0.0.1\n}\n',
    },
    blocks: ['.:53: errors template log', 'a.org:53: forward'],
  },
  {
    name: 'k3s, without custom files',
    corefile: `.:53 {
    errors
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    import /etc/coredns/custom/*.override
}
import /etc/coredns/custom/*.server
`,
    blocks: ['.:53: errors hosts'],
    warnings: [
      'No files matching import glob pattern: /etc/coredns/custom/*.override',
      'No files matching import glob pattern: /etc/coredns/custom/*.server',
    ],
  },
  {
    name: 'RKE2',
    corefile: `.:53 {
    errors
    health  {
        lameduck 10s
    }
    kubernetes   cluster.local  cluster.local in-addr.arpa ip6.arpa {
        pods insecure
    }
    prometheus   0.0.0.0:9153
    loadbalance   round_robin
}
`,
    blocks: ['.:53: errors health kubernetes prometheus loadbalance'],
  },
  {
    name: 'OpenShift',
    corefile: `# example
example.com:5353 {
    prometheus 127.0.0.1:9153
    forward . 1.1.1.1 2.2.2.2:5353 {
        policy random
    }
    cache 900 {
        denial 9984 30
    }
}
.:5353 {
    bufsize 512
    log . {
        class error
    }
    health {
        lameduck 20s
    }
}
hostname.bind:5353 {
    chaos
}
`,
    blocks: [
      'example.com:5353: prometheus forward cache',
      '.:5353: bufsize log health',
      'hostname.bind:5353: chaos',
    ],
  },
  {
    name: 'Gardener',
    corefile: `.:8053 {
    rewrite stop {
      name regex (^(?:[^\\.]+\\.)+)cluster\\.local\\.svc\\.cluster\\.local {1}cluster.local
      answer name (.*) {1}
      answer value (.*) {1}
    }
    log . {
        class error
    }
    import custom/*.override
}
`,
    blocks: ['.:8053: rewrite log'],
    warnings: ['No files matching import glob pattern: custom/*.override'],
  },
  {
    name: 'NodeLocal DNS',
    corefile: `cluster.local:53 {
    errors
    cache {
            success 9984 30
            denial 9984 5
    }
    bind 169.254.20.10 10.96.0.10
    forward . 10.96.0.11 {
            force_tcp
    }
    prometheus :9253
    health 169.254.20.10:8080
    }
in-addr.arpa:53 {
    errors
    }
`,
    blocks: [
      'cluster.local:53: errors cache bind forward prometheus health',
      'in-addr.arpa:53: errors',
    ],
  },
  {
    name: 'Submariner in front of kubeadm',
    corefile: `#lighthouse-start AUTO-GENERATED SECTION. DO NOT EDIT
clusterset.local:53 {
    forward . 10.96.1.2
}
#lighthouse-end
.:53 {
    whoami
}
`,
    blocks: ['clusterset.local:53: forward', '.:53: whoami'],
  },
  {
    name: 'the multicluster directive in front of kubernetes',
    corefile: `.:53 {
    errors
    multicluster clusterset.local
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods verified
    }
}
`,
    blocks: ['.:53: errors multicluster kubernetes'],
  },
  {
    name: 'the kubernetes directive with multicluster',
    corefile: `.:53 {
    kubernetes cluster.local clusterset.local in-addr.arpa ip6.arpa {
       multicluster clusterset.local
       pods insecure
    }
}
`,
    blocks: ['.:53: kubernetes'],
  },
]
