/**
 * One request to its one answer, whichever form of Braid serves it.
 *
 * An edge: the form gives surroundings, ports and a way to answer; this calls the pipeline. Invariant: the runtime gets
 * exactly one JSON document or, for a successful DEL, CHECK, GC or STATUS, nothing; a failure has exit status 1 and never
 * a stack.
 */
import type { Delivery } from './deliver.ts';
import type { Environment } from './environment/environment.ts';
import { type CniError, errorText, toCniError } from './errors.ts';
import type { Log, LogOptions } from './log/log.ts';
import { add, check, del, gc, status } from './pipeline.ts';
import { type CniRequest, parseRequest, RequestError } from './request/cni-request.ts';
import { errorAnswer, versionAnswer } from './result/answer.ts';
import type { CniVersion } from './schema/cni-version.ts';
import type { Ports } from './stages/ports.ts';
import type { ServedCall, Watch } from './watch.ts';

/** What the runtime gets: an exit status, and what stands on stdout. */
export interface GivenAnswer {
  readonly exitCode: 0 | 1;
  readonly stdout: string;
  /** What stdout says, where that is an error. */
  readonly error?: CniError;
}

/** The ports of one request; `close` gives back what they hold. */
export interface OpenedPorts {
  readonly ports: Ports;
  close(): Promise<void>;
}

/** What differs between the forms of Braid. */
export interface Form {
  readonly environment: Environment;
  readonly openLog: (options: Omit<LogOptions, 'writeStderr'>) => Log;
  /** `watch` is to be handed to `nodePorts`. */
  readonly openPorts: (request: CniRequest, log: Log, watch: Watch | undefined) => OpenedPorts;
  /** Who looks on at the request; `undefined`: nobody. Never throws. */
  readonly openWatch: (request: CniRequest, call: ServedCall, log: Log) => Promise<Watch | undefined>;
  /** Throws NotServedHere for an error that another process would not meet, where nothing is done yet. */
  readonly passOn?: (error: CniError) => void;
  /** Gives the answer; false when nobody waits for it any more. */
  readonly answer: (answer: GivenAnswer) => boolean;
}

/**
 * This process cannot serve the call and has done nothing for it; another one can. Goes through the pipeline as it is, up
 * to the form that threw it.
 */
export class NotServedHere extends Error {}

/** A request that has its answer. */
export interface ServedRequest {
  readonly exitCode: 0 | 1;
  /** What those who looked on have to hand over. */
  readonly deliveries: readonly Delivery[];
  /** Gives back what the request held; to be called when its deliveries are over. */
  close(): Promise<void>;
}

/** Serves the request. Throws: NotServedHere, without having answered; nothing else. */
export async function serveRequest(form: Form): Promise<ServedRequest> {
  const { variables } = form.environment;
  let request: CniRequest | undefined;
  let stdin = '';
  const readStdin = () => {
    stdin = form.environment.readStdin();
    return stdin;
  };
  try {
    request = parseRequest({ ...form.environment, readStdin });
    if (!request) return alone(answered(form, { exitCode: 0, stdout: versionAnswer() }));
  } catch (cause) {
    const version = cause instanceof RequestError ? cause.cniVersion : undefined;
    return alone(failed(form, toCniError(cause), version));
  }
  const log = form.openLog({
    level: request.config.logLevel,
    file: request.config.logFile,
    hasStderr: request.config.hasStderrLog,
    bound: { command: request.verb, containerId: request.containerId, ifName: request.ifName },
  });
  for (const warning of request.warnings) log.warn({}, warning);
  let opened: OpenedPorts | undefined;
  const close = async () => {
    await opened?.close();
    await log.close();
  };
  try {
    const watch = await form.openWatch(request, { variables, stdin }, log);
    opened = form.openPorts(request, log, watch);
    const { answer, exitCode } = await answerOnce(request, form, { ports: opened.ports, log });
    return { exitCode, deliveries: (await watch?.end(answer)) ?? [], close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/** Nothing was begun for it. */
function alone(exitCode: 0 | 1): ServedRequest {
  return { exitCode, deliveries: [], close: async () => undefined };
}

interface Begun {
  readonly ports: Ports;
  readonly log: Log;
}

interface Answered {
  readonly answer: GivenAnswer;
  readonly exitCode: 0 | 1;
}

async function answerOnce(request: CniRequest, form: Form, { ports, log }: Begun): Promise<Answered> {
  try {
    const { stdout, afterwards } = await dispatch(request, ports);
    await log.flush();
    const isHeard = form.answer({ exitCode: 0, stdout });
    // A runtime that no longer reads will call DEL; there is nobody left to tell.
    // The answer is out: from here on nothing may become a second one.
    if (isHeard)
      await afterwards().catch((cause: unknown) => log.warn({ cause: errorText(cause) }, 'after the answer'));
    return { answer: { exitCode: 0, stdout }, exitCode: isHeard ? 0 : 1 };
  } catch (cause) {
    if (cause instanceof NotServedHere) throw cause;
    const error = toCniError(cause);
    form.passOn?.(error);
    log.error({ code: error.code, details: error.details }, error.message);
    await log.flush();
    const answer = { exitCode: 1, stdout: errorAnswer(error, request.cniVersion), error } as const;
    return { answer, exitCode: answered(form, answer) };
  }
}

function failed(form: Form, error: CniError, version: CniVersion | undefined): 0 | 1 {
  return answered(form, { exitCode: 1, stdout: errorAnswer(error, version), error });
}

function answered(form: Form, answer: GivenAnswer): 0 | 1 {
  return form.answer(answer) ? answer.exitCode : 1;
}

type Served = Awaited<ReturnType<typeof add>>;

async function dispatch(request: CniRequest, ports: Ports): Promise<Served> {
  switch (request.verb) {
    case 'ADD':
      return add(request, ports);
    case 'DEL':
      await del(request, ports);
      break;
    case 'CHECK':
      await check(request, ports);
      break;
    case 'GC':
      await gc(request, ports);
      break;
    case 'STATUS':
      await status(request, ports);
      break;
  }
  return { stdout: '', afterwards: async () => undefined };
}
