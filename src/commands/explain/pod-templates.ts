/**
 * The pods that workloads of manifests would make, one of each, by their templates. Pure.
 *
 * Nobody knows yet how such a pod will be called; it has the workload's name, with its kind where another pod has that name.
 */
import { CniError, ErrorCode } from '../../errors.ts';
import { templateAt, templatePath } from '../../pod/pod-template.ts';
import { isJsonObject } from '../../schema/json.ts';
import type { ClusterObject } from '../../testing/manifests.ts';
import type { UnexplainedPod } from './pod.ts';

/** A pod that a template makes, and of what: `Deployment web`. */
export interface TemplatePod extends ClusterObject {
  readonly madeBy: string;
}

/** A pod for each workload among the objects; of one without a template a fault with code 6, its place and which key is wrong. */
export function templatePods(objects: readonly ClusterObject[]): (TemplatePod | UnexplainedPod)[] {
  const taken = new Set(objects.filter(({ kind }) => kind === 'Pod').map(titleOf));
  return objects.flatMap((object): (TemplatePod | UnexplainedPod)[] => {
    const { kind, namespace, name, place } = object;
    const path = templatePath(kind);
    if (!path) return [];
    const template = templateAt(path, object.body);
    if (!template && !isOfKubernetes(object)) return [];
    const madeBy = `${kind} ${name}`;
    const pod = { namespace, name: taken.has(titleOf(object)) ? `${name}-${kind.toLowerCase()}` : name };
    taken.add(titleOf(pod));
    if (!template) return [{ ...pod, place, madeBy, fault: templateFault(object, path) }];
    const metadata = { ...(isJsonObject(template['metadata']) ? template['metadata'] : {}), ...pod };
    const body = { ...template, apiVersion: 'v1', kind: 'Pod', metadata };
    return [{ ...pod, kind: 'Pod', body, place, madeBy }];
  });
}

function titleOf({ namespace, name }: Pick<ClusterObject, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Others have kinds of the same names, as Volcano its Job, which keep their templates elsewhere; their groups are domains. */
function isOfKubernetes({ body }: ClusterObject): boolean {
  return !/^[^/]*\./.test(String(body['apiVersion']));
}

function templateFault({ kind, namespace, name, body, place }: ClusterObject, path: readonly string[]): CniError {
  const isLacking = (_key: string, index: number) => !templateAt(path.slice(0, index + 1), body);
  const wrong = path.slice(0, path.findIndex(isLacking) + 1).join('.');
  const what = `${kind} ${namespace}/${name} has no usable template of its pods: "${wrong}" must be an object`;
  return new CniError(ErrorCode.decoding, `${place.file}:${place.line}: ${what}`);
}
