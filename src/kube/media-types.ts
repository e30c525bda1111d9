// The media types that an API server is asked for (API concepts, "Alternate representations of resources").

export const JSON_TYPE = 'application/json'
export const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf'

const METADATA = 'g=meta.k8s.io;v=v1'
/** An object with its metadata only; the whole object from a server that cannot convert it. */
export const METADATA_TYPE = `${JSON_TYPE};as=PartialObjectMetadata;${METADATA},${JSON_TYPE}`
/** As METADATA_TYPE, for a list. */
export const METADATA_LIST_TYPE = `${JSON_TYPE};as=PartialObjectMetadataList;${METADATA},${JSON_TYPE}`
