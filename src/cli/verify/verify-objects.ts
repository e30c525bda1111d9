// The objects that `verify` creates: a namespace in both clusters, and a Service with one endpoint and its client. Pure.
import { MCS_GROUP, OUR_PREFIX, SERVICE_NAME_LABEL } from '../../fleet/api/names.ts'
import { timestamp } from '../../kube/clock.ts'
import { CLIENT_SCRIPT, SERVER_PORT, SERVER_SCRIPT } from './pod-scripts.ts'

/** The name of the Service, its export and its import. */
export const SERVICE = 'verify'
/** The port of the Service. */
export const PORT = 80
/** On a namespace of `verify`, in each cluster. */
export const VERIFY_LABEL = `${OUR_PREFIX}verify`
/** On the same: when the run that created it has ended for certain (RFC 3339). */
const UNTIL_ANNOTATION = `${OUR_PREFIX}verify-until`
/** The address of the endpoint without Pods: one that no network routes (RFC 5737). */
export const UNROUTED = '192.0.2.1'

const PREFIX = 'clusterset-dns-verify-'
const PORT_NAME = 'http'
const labels = { app: SERVICE }

/** The name of a namespace that no other run and no user has: `random` has eight hexadecimal digits. */
export function namespaceName(random: string): string {
  return `${PREFIX}${random}`
}

/** `until` in milliseconds since 1970. */
export function namespaceObject(name: string, until: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { [VERIFY_LABEL]: 'true' },
      annotations: { [UNTIL_ANNOTATION]: timestamp(until) },
    },
  }
}

/** A namespace of an earlier run. */
export interface Leftover {
  readonly name: string
  readonly uid: string
  /** True when the run that created it may still go on, at `now` in milliseconds since 1970. */
  readonly mayBeUsed: boolean
}

/** The namespace if `verify` created it: undefined for one that only has the label, and for one that is being deleted. */
export function leftoverOf(
  { name, uid, annotations, deletionTimestamp }: Readonly<Record<string, unknown>>,
  now: number,
): Leftover | undefined {
  if (deletionTimestamp !== undefined) return undefined
  if (typeof name !== 'string' || !/^[0-9a-f]{8}$/.test(name.replace(PREFIX, ''))) return undefined
  const until = (annotations as Readonly<Record<string, unknown>> | undefined)?.[UNTIL_ANNOTATION]
  const end = Date.parse(String(until))
  return { name, uid: String(uid), mayBeUsed: !Number.isNaN(end) && now < end }
}

/** Without Pods it has no selector, so that no controller makes EndpointSlices for it. */
export function serviceObject(namespace: string, hasPods: boolean): object {
  const ports = [{ name: PORT_NAME, port: PORT, targetPort: SERVER_PORT, protocol: 'TCP' }]
  const spec = { ...(hasPods ? { selector: labels } : {}), ports }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: SERVICE, namespace }, spec }
}

/** The endpoint by hand of a Service without Pods. */
export function sliceObject(namespace: string): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: SERVICE, namespace, labels: { [SERVICE_NAME_LABEL]: SERVICE } },
    addressType: 'IPv4',
    ports: [{ name: PORT_NAME, port: SERVER_PORT, protocol: 'TCP' }],
    endpoints: [{ addresses: [UNROUTED], conditions: { ready: true } }],
  }
}

/** `version` of the MCS API, as the cluster serves it. */
export function exportObject(namespace: string, version: string): object {
  const apiVersion = `${MCS_GROUP}/${version}`
  return { apiVersion, kind: 'ServiceExport', metadata: { name: SERVICE, namespace } }
}

/** The import that users create in import mode manual; the fleet sets its ports and addresses. */
export function importObject(namespace: string, version: string): object {
  return {
    apiVersion: `${MCS_GROUP}/${version}`,
    kind: 'ServiceImport',
    metadata: { name: SERVICE, namespace },
    spec: { type: 'ClusterSetIP', ports: [] },
  }
}

/** The Pod behind the Service: it answers each HTTP request with the name of its namespace. */
export function serverPod(namespace: string, image: string): object {
  const container = {
    ports: [{ containerPort: SERVER_PORT }],
    readinessProbe: { tcpSocket: { port: SERVER_PORT }, periodSeconds: 1 },
  }
  const env = { ANSWER: namespace }
  return pod('server', namespace, image, SERVER_SCRIPT, env, container)
}

/** The Pod that resolves `name` and connects, for at most `seconds` each. It ends with a report. */
export function clientPod(namespace: string, image: string, name: string, seconds: number): object {
  const env = { NAME: name, PORT: String(PORT), ANSWER: namespace, SECONDS: String(seconds) }
  return pod('client', namespace, image, CLIENT_SCRIPT, env, {})
}

/** A Pod that the Pod Security Standard "restricted" admits. */
function pod(
  name: 'server' | 'client',
  namespace: string,
  image: string,
  script: string,
  env: Readonly<Record<string, string>>,
  container: object,
): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: name === 'server' ? labels : {} },
    spec: {
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name,
          image,
          command: ['node', '-e', script],
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          ...container,
        },
      ],
    },
  }
}
