/** The parts of a bundle out of what passes through the ports, without secrets. Pure. */
import type { DelegateCall, DelegateRun } from '../execute/run-delegate.ts';
import type { KubeResponse } from '../kube/kube-client.ts';
import type { ServedCall } from '../open-watch.ts';
import type { PodView } from '../pod/pod-source.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import type { Bundle, BundledAnswer, BundledCall } from '../schema/bundle.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { hideInAnnotations, hideInArgs, hideInConfiguration, hideInObject, hideInText } from './hide-secrets.ts';

/** A finished call of a plugin. */
export function bundledCall({ path, variables, stdin }: DelegateCall, run: DelegateRun, startMs: number): BundledCall {
  return {
    path,
    variables: hideInVariables(variables),
    stdin: hiddenOutput(stdin),
    startMs,
    durationMs: roundedMs(run.durationMs),
    end: run.end,
    stdout: hiddenOutput(run.stdout),
    stderr: hideInText(run.stderr),
  };
}

/** Configurations are objects; the helper gets lines, and what a plugin prints may be anything. */
function hiddenOutput(text: string): JsonObject | string {
  const json = jsonOf(text);
  return json ? hideInConfiguration(json) : hideInText(text);
}

function hideInVariables(variables: Readonly<Record<string, string>>): Record<string, string> {
  const { CNI_ARGS: args, ...rest } = variables;
  return { ...rest, ...(args === undefined ? {} : { CNI_ARGS: hideInArgs(args) }) };
}

/** The names of the specification, and of ours. */
const OWN_VARIABLE = /^(CNI_|BRAID_)/;

/** The call of the runtime. */
export function bundledRequest({ variables, stdin }: ServedCall): Omit<Bundle['request'], 'verb'> {
  const own = Object.entries(variables).filter(([name]) => OWN_VARIABLE.test(name));
  return {
    variables: hideInVariables(Object.fromEntries(own)),
    otherVariables: Object.keys(variables)
      .filter((name) => !OWN_VARIABLE.test(name))
      .toSorted(),
    stdin: hideInConfiguration(jsonOf(stdin) ?? {}),
  };
}

/** The pod as its source told. */
export function bundledPod({ annotations, origin }: PodView, { namespace, name, uid }: PodIdentity): Bundle['pod'] {
  return {
    namespace,
    name,
    ...(uid === undefined ? {} : { uid }),
    annotations: hideInAnnotations(annotations),
    origin,
  };
}

/** What the API server answered. */
export function bundledAnswer(response: KubeResponse): BundledAnswer {
  switch (response.kind) {
    case 'ok':
      return { kind: 'ok', body: hideInBody(response.body) };
    case 'absent':
      return { kind: 'absent', ...(response.isResourceUnknown ? { isResourceUnknown: true } : {}) };
    case 'refused':
      return { kind: 'refused', status: response.status, message: hideInText(response.message) };
    case 'unreachable':
      return { kind: 'unreachable', cause: hideInText(response.cause) };
  }
}

/** An object, or a list of them. */
function hideInBody(body: unknown): JsonObject {
  if (!isJsonObject(body)) return {};
  const { items } = body;
  if (!Array.isArray(items)) return hideInObject(body);
  return { items: items.filter(isJsonObject).map(hideInObject) };
}

/** The object that a text is; `undefined`: it is none. */
export function jsonOf(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** To a hundredth of a ms. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
