// The part of the help of `fleet` that describes its configuration file.

/** The fields of the file; fleet/config.ts reads them. */
export const FLEET_FILE = `FILE: members: [{id: east, kubeconfig: east.yaml, context: admin}, {id: west, inCluster: true}]
      importMode, listen     as above
      hub: {member: east}    the cluster of the Leases and member Secrets; or {kubeconfig, context}, {inCluster: true};
                             default: the cluster that the fleet runs in, else the first member
      writes: {qps, burst}   rate limit of the writes to each cluster (default 100 and 200)
      leases: {suspectSeconds, expireSeconds}   until an unreachable member is suspect and expired (default 30 and 300)
      exportLimits: {ports, endpoints, backends}   how much one export may bring (default 1000, 5000 and 50000)
      members[].namespaces: {export: {allow, deny}, import: {allow, deny}}   lists of namespaces, with * as wildcard
      members[].endpointCIDRs: [10.1.0.0/16]   where its endpoints may be (default: not in special-purpose ranges)
      members[].ownCIDRs: [10.96.0.0/12]   its Services and nodes: no endpoint of another cluster may be there
      members[].reservedKeys: ['*.kubernetes.io/*']   exported labels and annotations that are not handed on
      members[].maxExportsPerNamespace, maxExports   how many exports count, the oldest first (default 1000 and 10000)
      memberDefaults: {namespaces, ...}   for members without own settings, and for those from Secrets
      leader: {leaseSeconds} time until another replica takes over (default 15)
      page: {enabled: true, hosts: [fleet.example.org]}   the page on listen, and names besides 127.0.0.1 (default: none)
      memory: {memberMegabytes}   how much is kept of the objects of each member (default 56); a member with more fails
      memberSecrets: {allow: [http, insecure-skip-tls-verify, impersonation]}   what kubeconfigs in Secrets may use
                             (default none)
      Only members is required; with hub, all members may come from Secrets instead.
`
