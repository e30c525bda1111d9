// Names of the Multi-Cluster Services API (KEP-1645).

/** API group of ServiceExport and ServiceImport. */
export const MCS_GROUP = 'multicluster.x-k8s.io'

/** Label of an imported EndpointSlice: the name of its Service. */
export const MCS_SERVICE_NAME_LABEL = 'multicluster.kubernetes.io/service-name'
/** Label of an imported EndpointSlice: the id of the cluster that its endpoints are in. */
export const MCS_SOURCE_CLUSTER_LABEL = 'multicluster.kubernetes.io/source-cluster'
