// A validating admission webhook on loopback. Its answer may have any Status, so that an API server refuses requests with
// the status, reason and causes of a test.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Cluster } from './cluster.ts'
import type { KubeObject } from './kube-client.ts'
import { createAuthority } from './pki.ts'

/** The part of an AdmissionRequest (admission.k8s.io/v1) that tests decide by. */
interface AdmissionRequest {
  readonly uid: string
  readonly operation: string
  readonly namespace: string
  readonly resource: { readonly resource: string }
  readonly subResource?: string
  readonly object: KubeObject | null
}

/** The Status of a refusal (metav1.Status). */
export interface Denial {
  readonly code: number
  readonly reason?: string
  readonly message: string
  readonly details?: {
    readonly causes: readonly { readonly field: string; readonly message: string }[]
  }
}

type Decide = (request: AdmissionRequest) => Denial | undefined

/** Starts the webhook and configures it in `cluster` for the objects of the fleet, in all namespaces. */
export async function startAdmissionWebhook(cluster: Cluster, decide: Decide) {
  const authority = await createAuthority('webhook-ca')
  const { certificate, key } = await authority.issue({
    commonName: 'webhook',
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
  })
  const server = createServer({ cert: certificate, key }, async (message, response) => {
    let text = ''
    for await (const chunk of message) text += String(chunk)
    const { request } = JSON.parse(text) as { request: AdmissionRequest }
    const status = decide(request)
    const answer = { uid: request.uid, allowed: status === undefined, ...(status && { status }) }
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: answer,
      }),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const configuration = webhookConfiguration('fleet-test', {
    url: `https://127.0.0.1:${port}/`,
    caBundle: Buffer.from(authority.certificate).toString('base64'),
  })
  await cluster.apply([configuration])
  return {
    stop: async () => {
      await cluster.remove([configuration])
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** The configuration of a webhook for the objects of the fleet; a namespace limits it. */
export function webhookConfiguration(
  name: string,
  clientConfig: { readonly url: string; readonly caBundle?: string },
  namespace?: string,
): KubeObject {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig,
        ...(namespace === undefined ? {} : { namespaceSelector }),
        rules: [
          {
            apiGroups: ['', 'discovery.k8s.io', 'multicluster.x-k8s.io'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['services', 'endpointslices', 'serviceimports'],
          },
        ],
        sideEffects: 'None',
        timeoutSeconds: 5,
        admissionReviewVersions: ['v1'],
      },
    ],
  }
}
