// Names of Pods: 10-1-2-3.<ns>.pod (coredns plugin/kubernetes findPods). No such name is in the table: an answer is made
// of the name itself, with `pods verified` only if a Pod of the namespace has the address.

/** Names of Pods: none, each address as it is written in the name, or only addresses of Pods that exist. */
export type PodMode = 'disabled' | 'insecure' | 'verified'
