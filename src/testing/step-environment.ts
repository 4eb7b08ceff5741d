/**
 * A step of a fixture as the call of a container runtime: variables and stdin. Pure.
 *
 * In: what the fixture says for all steps, what the step says, what earlier steps answered. Out: the `Environment` that is
 * parsed as any other. As a runtime does it, CHECK and DEL get the result of the ADD, and GC the list of what is valid.
 */
import type { Environment } from '../environment/environment.ts';
import { argsText, madeEnvironment, runtimeArgs } from '../request/made-request.ts';
import type { Fixture, FixtureStep } from '../schema/fixture.ts';
import { USUAL_KUBECONFIG, USUAL_PLUGIN_DIR } from '../schema/installation.ts';
import { isJsonObject, type JsonObject, withoutKeys } from '../schema/json.ts';
import { ANNOTATIONS_CAPABILITY } from '../schema/node-config.ts';
import { OWN_TYPE } from '../schema/own-type.ts';
import type { ClusterObject } from './manifests.ts';

/** What a step is made of beside itself. */
export interface StepScene {
  readonly fixture: Fixture;
  readonly objects: readonly ClusterObject[];
  /** Results of ADDs, by `stepKey`. */
  readonly results: ReadonlyMap<string, unknown>;
}

const DEFAULTS = { container: 'c1', ifName: 'eth0', netns: '/run/netns/c1', path: USUAL_PLUGIN_DIR };

/** Who the step is about: `CONTAINER/INTERFACE`. */
export function stepKey(step: FixtureStep, { request = {} }: Fixture): string {
  return `${step.container ?? request.container ?? DEFAULTS.container}/${step.ifName ?? request.ifName ?? DEFAULTS.ifName}`;
}

/** The path of the pod's namespace. */
export function stepNetns(step: FixtureStep, { request = {} }: Fixture): string {
  return step.netns ?? request.netns ?? DEFAULTS.netns;
}

/** `NAMESPACE/NAME` of the pod: the one that is named, else the only one of the cluster. */
export function stepPod(
  step: FixtureStep,
  { fixture, objects }: Pick<StepScene, 'fixture' | 'objects'>,
): string | undefined {
  const pods = objects.filter(({ kind }) => kind === 'Pod').map(({ namespace, name }) => `${namespace}/${name}`);
  return step.pod ?? fixture.request?.pod ?? (pods.length === 1 ? pods[0] : undefined);
}

/** The call. */
export function stepEnvironment(step: FixtureStep, scene: StepScene): Environment {
  const { fixture } = scene;
  const request = fixture.request ?? {};
  const container = step.container ?? request.container ?? DEFAULTS.container;
  const args = { ...podArgs(stepPod(step, scene), container), ...request.args, ...step.args };
  const variables = {
    CNI_COMMAND: step.verb,
    CNI_CONTAINERID: container,
    CNI_NETNS: stepNetns(step, fixture),
    CNI_IFNAME: step.ifName ?? request.ifName ?? DEFAULTS.ifName,
    CNI_ARGS: argsText(args),
    CNI_PATH: DEFAULTS.path,
    ...request.variables,
    ...step.variables,
  };
  const stdin = step.stdin ?? JSON.stringify(configuration(step, scene));
  return madeEnvironment(variables, stdin);
}

function podArgs(pod: string | undefined, container: string): Readonly<Record<string, string>> {
  const [namespace = '', name = ''] = pod?.split('/') ?? [];
  return runtimeArgs(pod === undefined ? undefined : { namespace, name, uid: undefined }, container);
}

/** Keys of the step win over those of the fixture, and those over the usual ones; `null` takes a key away. */
function configuration(step: FixtureStep, scene: StepScene): JsonObject {
  const { fixture, objects } = scene;
  const hasCluster = objects.length > 0 || fixture.cluster !== undefined || fixture.api !== undefined;
  const merged: JsonObject = {
    cniVersion: '1.1.0',
    name: OWN_TYPE,
    type: OWN_TYPE,
    ...(hasCluster ? { kubeconfig: USUAL_KUBECONFIG } : {}),
    ...fixture.request?.configuration,
    ...fromEarlierSteps(step, scene),
    ...step.configuration,
  };
  const given = withoutKeys(merged, (key) => merged[key] === null);
  const annotations = step.annotations ?? fixture.request?.annotations;
  return annotations ? withAnnotations(given, annotations) : given;
}

function fromEarlierSteps(step: FixtureStep, { fixture, results }: StepScene): JsonObject {
  if (step.verb === 'GC') {
    const valid = (step.valid ?? []).map((text) => {
      const [containerID, ifname] = text.split('/');
      return { containerID, ifname };
    });
    return { 'cni.dev/valid-attachments': valid };
  }
  const result = results.get(stepKey(step, fixture));
  return result === undefined || (step.verb !== 'CHECK' && step.verb !== 'DEL') ? {} : { prevResult: result };
}

/** As containerd and CRI-O hand them over. */
function withAnnotations(given: JsonObject, annotations: Readonly<Record<string, string>>): JsonObject {
  const { capabilities, runtimeConfig } = given;
  return {
    ...given,
    capabilities: { ...(isJsonObject(capabilities) ? capabilities : {}), [ANNOTATIONS_CAPABILITY]: true },
    runtimeConfig: { ...(isJsonObject(runtimeConfig) ? runtimeConfig : {}), [ANNOTATIONS_CAPABILITY]: annotations },
  };
}
