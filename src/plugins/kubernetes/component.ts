// `kubernetes` and `multicluster` on the control thread.
import { zonesComponent } from '../multicluster/component.ts'
import type { MulticlusterConfig } from '../multicluster/options.ts'
import { planImports } from '../multicluster/plan-imports.ts'
import type { KubernetesConfig } from './config.ts'
import { planKubernetes } from './plan.ts'

/** The component of both directives: they share sources. */
export const kubernetesComponent = zonesComponent(
  (config: KubernetesConfig | MulticlusterConfig) =>
    'clusterZones' in config ? planKubernetes(config) : planImports(config),
)
