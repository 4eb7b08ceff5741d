/** The parts of a bundle out of what passes through the ports, without secrets. Pure. */
import type { DelegateCall, DelegateRun } from '../execute/run-delegate.ts';
import type { KubeResponse } from '../kube/kube-client.ts';
import type { PodView } from '../pod/pod-source.ts';
import type { PodIdentity } from '../request/cni-args.ts';
import { recordShape } from '../schema/attachment-record.ts';
import type { Bundle, BundledAnswer, BundledCall } from '../schema/bundle.ts';
import { isJsonObject, type JsonObject } from '../schema/json.ts';
import { hideInText, withoutSecrets } from '../schema/secrets.ts';
import type { RecordLookup } from '../state/state-store.ts';
import type { ServedCall } from '../watch.ts';
import { hideInAnnotations, hideInArgs, hideInConfiguration, hideInObject } from './hide-secrets.ts';

/** A call of a plugin, and what came of it. */
export interface FinishedCall {
  readonly call: DelegateCall;
  readonly run: DelegateRun;
  readonly startMs: number;
}

/** A finished call of a plugin. */
export function bundledCall({ call, run, startMs }: FinishedCall): BundledCall {
  const { path, variables, stdin } = call;
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

/** The names of the specification. */
const OWN_VARIABLE = /^CNI_(COMMAND|CONTAINERID|NETNS|IFNAME|ARGS|PATH|NETNS_OVERRIDE)$/;

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

/** What the runtime got. */
export function bundledStdout(stdout: string): Bundle['answer']['stdout'] {
  const json = jsonOf(stdout);
  return json ? hideInConfiguration(json) : null;
}

/** The network status, and why it was not written. */
export function bundledStatus({
  annotations,
  fault,
}: {
  readonly annotations: Readonly<Record<string, string>>;
  readonly fault: string | undefined;
}): NonNullable<Bundle['status']> {
  const hidden = Object.entries(annotations).map(([key, value]) => [key, hideInText(value)] as const);
  return { annotations: Object.fromEntries(hidden), ...(fault === undefined ? {} : { fault: hideInText(fault) }) };
}

/** A record of the journal as it was found. */
export function bundledRecord(lookup: Exclude<RecordLookup, { kind: 'absent' }>): Bundle['journal']['before'][number] {
  if (lookup.kind !== 'found') return { kind: lookup.kind, file: lookup.file, cause: hideInText(lookup.cause) };
  const { attachments } = lookup.record;
  const hidden = attachments.map((each) => ({ ...each, cniArgs: hideInArgs(each.cniArgs) }));
  return { kind: 'found', record: recordShape.parse(withoutSecrets({ ...lookup.record, attachments: hidden })) };
}

/** The object that a text is; `undefined`: it is none. */
function jsonOf(text: string): JsonObject | undefined {
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
