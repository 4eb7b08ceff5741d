/**
 * The pods that workloads of manifests would make, one of each, by their templates. Pure.
 *
 * Nobody knows yet how such a pod will be called; it has the workload's name, with its kind where another pod has that name.
 */
import { templateAt, templatePath } from '../../pod/pod-template.ts';
import { isJsonObject, type JsonObject } from '../../schema/json.ts';
import type { ClusterObject } from '../../testing/manifests.ts';

/** A pod that a template makes, and of what: `Deployment web`. */
export interface TemplatePod extends ClusterObject {
  readonly madeBy: string;
}

/** A pod for each workload among the objects. */
export function templatePods(objects: readonly ClusterObject[]): TemplatePod[] {
  const taken = new Set(objects.filter(({ kind }) => kind === 'Pod').map(titleOf));
  return objects.flatMap((object) => {
    const template = templateOf(object);
    if (!template) return [];
    const { kind, namespace, name } = object;
    const pod = { namespace, name: taken.has(titleOf(object)) ? `${name}-${kind.toLowerCase()}` : name };
    taken.add(titleOf(pod));
    const metadata = { ...(isJsonObject(template['metadata']) ? template['metadata'] : {}), ...pod };
    const body = { ...template, apiVersion: 'v1', kind: 'Pod', metadata };
    return [{ ...pod, kind: 'Pod', body, place: object.place, madeBy: `${kind} ${name}` }];
  });
}

function titleOf({ namespace, name }: Pick<ClusterObject, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function templateOf({ kind, body }: ClusterObject): JsonObject | undefined {
  const path = templatePath(kind);
  return path && templateAt(path, body);
}
