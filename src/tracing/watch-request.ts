/** A request looked on at by spans: one for the request, one for each stage that takes time, one for each delegate. */
import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Delivery } from '../deliver.ts';
import { CniError, ErrorCode, toCniError } from '../errors.ts';
import { type CalledPlugin, calledPlugin } from '../execute/called-plugin.ts';
import { addOutput, requireSuccess } from '../execute/interpret-run.ts';
import type { DelegateCall, DelegateRun, RunDelegate } from '../execute/run-delegate.ts';
import { podIdentity } from '../request/cni-args.ts';
import type { CniRequest } from '../request/cni-request.ts';
import { isJsonObject } from '../schema/json.ts';
import { timedPorts } from '../stages/timed-ports.ts';
import type { Watch } from '../watch.ts';
import { Attribute } from './attributes.ts';
import { type Clock, SpanRecorder } from './span-recorder.ts';

/** Where the spans of a request are to go. Must not throw. */
export type DeliverSpans = (spans: readonly ReadableSpan[]) => readonly Delivery[];

/** Begins to look on; `variables` are the runtime's. */
export function watchRequest(
  request: CniRequest,
  variables: Readonly<Record<string, string>>,
  { deliver, now }: { readonly deliver: DeliverSpans; readonly now: Clock },
): Watch {
  const recorder = new SpanRecorder({ name: request.verb, attributes: requestAttributes(request) }, variables, now);
  return {
    ports: (ports) => {
      const timed = timedPorts(ports, (stage) => {
        const span = recorder.begin(stage, 'stage', { [Attribute.stage]: stage });
        return ({ fault }) => span.end({}, fault === undefined ? undefined : toCniError(fault));
      });
      return { ...timed, runDelegate: tracedDelegates(ports.runDelegate, recorder, variables) };
    },
    client: (open) => open,
    findPlugins: (find) => find,
    end: async ({ exitCode, stdout }) =>
      deliver(recorder.end({ [Attribute.exitStatus]: exitCode }, exitCode === 0 ? undefined : answeredError(stdout))),
  };
}

function requestAttributes(request: CniRequest): Attributes {
  const pod = podIdentity(request.podArgs);
  return {
    [Attribute.verb]: request.verb,
    [Attribute.containerId]: request.containerId,
    [Attribute.ifName]: request.ifName,
    [Attribute.netns]: request.netns,
    [Attribute.network]: request.networkName,
    [Attribute.cniVersion]: request.cniVersion,
    [Attribute.namespace]: pod?.namespace,
    [Attribute.pod]: pod?.name,
    [Attribute.podUid]: pod?.uid,
  };
}

/** The error that the runtime was given. */
function answeredError(stdout: string): CniError {
  const answer: unknown = JSON.parse(stdout);
  const { code, msg, details } = isJsonObject(answer) ? answer : {};
  return new CniError(Number(code ?? ErrorCode.internal), String(msg ?? ''), String(details ?? ''));
}

/** Each delegate is told of its own span, so that it can go on with the trace. */
function tracedDelegates(
  run: RunDelegate,
  recorder: SpanRecorder,
  inherited: Readonly<Record<string, string>>,
): RunDelegate {
  // By W3C the one is worth nothing without the other.
  const noState = inherited['TRACESTATE'] && !recorder.hasParent ? { TRACESTATE: '' } : {};
  return async (call) => {
    const called = calledPlugin(call);
    const span = recorder.begin(`${called.verb} ${called.plugin}`.trim(), 'delegate', callAttributes(call, called));
    const variables = { ...call.variables, TRACEPARENT: span.traceparent, ...noState };
    const result = await run({ ...call, variables });
    span.end(runAttributes(result), runError(result, called.verb));
    return result;
  };
}

function callAttributes({ path, stdin }: DelegateCall, called: CalledPlugin): Attributes {
  return {
    [Attribute.verb]: called.verb,
    [Attribute.plugin]: called.plugin,
    [Attribute.path]: path,
    [Attribute.network]: called.network,
    [Attribute.ifName]: called.interface,
    [Attribute.stdinBytes]: Buffer.byteLength(stdin),
  };
}

function runAttributes({ end, stdout, stderr }: DelegateRun): Attributes {
  return {
    [Attribute.end]: end.kind,
    [Attribute.stdoutBytes]: Buffer.byteLength(stdout),
    [Attribute.stderrBytes]: Buffer.byteLength(stderr),
    [Attribute.exitStatus]: end.kind === 'exited' ? end.status : undefined,
    [Attribute.signal]: end.kind === 'signaled' ? end.signal : undefined,
    [Attribute.timeoutMs]: end.kind === 'timed-out' ? end.timeoutMs : undefined,
  };
}

/** As the pipeline will see it. */
function runError(run: DelegateRun, verb: string): CniError | undefined {
  try {
    if (verb === 'ADD') addOutput(run);
    else requireSuccess(run);
    return undefined;
  } catch (cause) {
    return toCniError(cause);
  }
}
