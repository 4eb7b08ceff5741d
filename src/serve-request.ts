/**
 * One request to its one answer, whichever form of Braid serves it.
 *
 * An edge: the form gives surroundings, ports and a way to answer; this calls the pipeline. Invariant: the runtime gets
 * exactly one JSON document or, for a successful DEL, CHECK, GC or STATUS, nothing; a failure has exit status 1 and never
 * a stack.
 */
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
  /** Gives the answer; false when nobody waits for it any more. */
  readonly answer: (answer: GivenAnswer) => boolean;
}

/**
 * This process cannot serve the call and has done nothing for it; another one can. Goes through the pipeline as it is, up
 * to the form that threw it.
 */
export class NotServedHere extends Error {}

/** Serves the request; answers the exit status. Throws: NotServedHere, without having answered; nothing else. */
export async function serveRequest(form: Form): Promise<0 | 1> {
  const { variables } = form.environment;
  let request: CniRequest | undefined;
  let stdin = '';
  const readStdin = () => {
    stdin = form.environment.readStdin();
    return stdin;
  };
  try {
    request = parseRequest({ ...form.environment, readStdin });
    if (!request) return answered(form, { exitCode: 0, stdout: versionAnswer() });
  } catch (cause) {
    const version = cause instanceof RequestError ? cause.cniVersion : undefined;
    return failed(form, toCniError(cause), version);
  }
  const log = form.openLog({
    level: request.config.logLevel,
    file: request.config.logFile,
    hasStderr: request.config.hasStderrLog,
    bound: { command: request.verb, containerId: request.containerId, ifName: request.ifName },
  });
  for (const warning of request.warnings) log.warn({}, warning);
  try {
    return await serveParsed(request, form, { log, call: { variables, stdin } });
  } finally {
    await log.close();
  }
}

interface Begun {
  readonly log: Log;
  readonly call: ServedCall;
}

async function serveParsed(request: CniRequest, form: Form, { log, call }: Begun): Promise<0 | 1> {
  const watch = await form.openWatch(request, call, log);
  const { ports, close } = form.openPorts(request, log, watch);
  try {
    const { stdout, afterwards } = await dispatch(request, ports);
    await log.flush();
    const isHeard = form.answer({ exitCode: 0, stdout });
    // A runtime that no longer reads will call DEL; there is nobody left to tell.
    // The answer is out: from here on nothing may become a second one.
    if (isHeard)
      await afterwards().catch((cause: unknown) => log.warn({ cause: errorText(cause) }, 'after the answer'));
    await watch?.end({ exitCode: 0, stdout });
    return isHeard ? 0 : 1;
  } catch (cause) {
    if (cause instanceof NotServedHere) throw cause;
    const error = toCniError(cause);
    log.error({ code: error.code, details: error.details }, error.message);
    await log.flush();
    const exitCode = failed(form, error, request.cniVersion);
    await watch?.end({ exitCode: 1, stdout: errorAnswer(error, request.cniVersion) });
    return exitCode;
  } finally {
    await close();
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
