// Names of Kubernetes' core API that the objects of a cluster carry.

/** Label of an EndpointSlice: the name of its Service (discovery.k8s.io LabelServiceName). */
export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name'

/** Annotation of an EndpointSlice: when the change of a Pod or Service happened that it follows (core/v1 EndpointsLastChangeTriggerTime). */
export const TRIGGER_TIME_ANNOTATION = 'endpoints.kubernetes.io/last-change-trigger-time'
