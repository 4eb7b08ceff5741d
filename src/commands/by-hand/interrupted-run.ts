/**
 * A call by hand that a person has interrupted, in words for that person. A runtime is told of a server that gave no answer in
 * time, and tries again; whoever pressed ^C does neither look for that server nor want another try. Pure.
 */
import { CniError, ErrorCode } from '../../errors.ts';
import { errorAnswer } from '../../result/answer.ts';
import type { HandRun } from './call-by-hand.ts';
import type { Interrupts } from './interrupts.ts';

/** The hint of an error of a plugin that was stopped. */
const FOR_RUNTIMES = /^Braid was stopped; the runtime tries again(; )?/;

/** The error of a call that an interruption has ended. */
export function interrupted(details: string): CniError {
  return new CniError(ErrorCode.tryAgain, 'interrupted', details);
}

/** The same run of an ADD or DEL with the error that it comes to. */
export function withError(run: HandRun, error: CniError): HandRun {
  return { ...run, error, document: JSON.parse(errorAnswer(error, run.call.node.cniVersion)) };
}

/** A run as a person reads of it who may have interrupted it. */
export function inWordsOfInterruption(run: HandRun, { isInterrupted }: Interrupts): HandRun {
  const { error, calls, call } = run;
  if (!error || !isInterrupted()) return run;
  // Which plugin was stopped is worth to be known.
  if (calls.some(({ verb }) => verb !== '')) {
    return withError(run, new CniError(error.code, error.message, error.details.replace(FOR_RUNTIMES, '')));
  }
  // Before the first plugin there is only waiting: for the API server, a lock, readiness, the look into the namespace.
  const hasWaited = error.code === ErrorCode.tryAgain || calls.some(({ end }) => end === 'stopped');
  return hasWaited ? withError(run, interrupted(`nothing was ${call.verb === 'ADD' ? 'attached' : 'deleted'}`)) : run;
}
