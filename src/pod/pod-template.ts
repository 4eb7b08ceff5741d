/** Where workloads of Kubernetes have the template of the pods that they will make. Pure. */
import { isJsonObject, type JsonObject } from '../schema/json.ts';

const USUAL: readonly string[] = ['spec', 'template'];

const PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ['CronJob', ['spec', 'jobTemplate', ...USUAL]],
  ['DaemonSet', USUAL],
  ['Deployment', USUAL],
  ['Job', USUAL],
  ['ReplicaSet', USUAL],
  ['ReplicationController', USUAL],
  ['StatefulSet', USUAL],
]);

/** The path of the template in objects of this kind; `undefined` for kinds that make no pods. */
export function templatePath(kind: string): readonly string[] | undefined {
  return PATHS.get(kind);
}

/** The template at that path; `undefined` where there is none. */
export function templateAt(path: readonly string[], body: JsonObject): JsonObject | undefined {
  const template = path.reduce<unknown>((at, key) => (isJsonObject(at) ? at[key] : undefined), body);
  return isJsonObject(template) ? template : undefined;
}
