// The Corefile of the soak: what a cluster needs whose only DNS server is clusterset-dns.

/** The text of an edition. It differs from the last one in turns in the TTL of a zone and in that of the cache. */
export function corefileText(
  kubeconfig: string,
  upstreams: readonly string[],
  edition: number,
): string {
  return `.:{$DNS_PORT} {
  bind 127.0.0.1
  errors {
    consolidate 1m .*
  }
  health 127.0.0.1:{$HEALTH_PORT}
  ready 127.0.0.1:{$READY_PORT}
  prometheus 127.0.0.1:{$METRICS_PORT}
  multicluster clusterset.local {
    kubeconfig ${kubeconfig}
  }
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubeconfig}
    pods verified
    ttl ${30 - (5 * ((edition + 1) & 2)) / 2}
    fallthrough in-addr.arpa ip6.arpa
  }
  forward . ${upstreams.join(' ')}
  cache ${30 - (5 * (edition & 2)) / 2}
  loop
  reload 2s 1s
  loadbalance
}
`
}
