// What `kubernetes` needs on the control thread: its source, and the tables of its zones.
import type { DirectivePlan } from '../multicluster/plan.ts'
import { planImports } from '../multicluster/plan-imports.ts'
import { type KubernetesConfig, multiclusterPart } from './config.ts'

export function planKubernetes(config: KubernetesConfig): DirectivePlan {
  return planImports(multiclusterPart(config))
}
