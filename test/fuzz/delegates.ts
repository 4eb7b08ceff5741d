/** Delegates as a function: they keep account of what they made, and answer well or what a case says. */
import { basename } from 'node:path';
import type { DelegateCall, DelegateRun, RunDelegate } from '../../src/execute/run-delegate.ts';

/** What a delegate does in one call; `undefined`: its work, well. */
export type Behaviour = (verb: string, call: DelegateCall) => DelegateRun | undefined;

/** Delegates of one case. */
export interface FuzzedDelegates {
  readonly run: RunDelegate;
  /** `type container interface` of every attachment that was begun and not taken back. */
  readonly made: ReadonlySet<string>;
  /** Replaces the behaviour from here on. */
  behave(behaviour: Behaviour): void;
}

/** Delegates that behave well until told otherwise. Even an ADD that fails has made something. */
export function fuzzedDelegates(): FuzzedDelegates {
  const made = new Set<string>();
  let behaviour: Behaviour = () => undefined;
  const run: RunDelegate = async (call) => {
    const { CNI_COMMAND: verb = '', CNI_CONTAINERID: id, CNI_IFNAME: ifName } = call.variables;
    const what = `${basename(call.path)} ${id} ${ifName}`;
    const answer = behaviour(verb, call) ?? finished(wellDone(verb, call));
    if (verb === 'ADD') made.add(what);
    const isGood = answer.end.kind === 'exited' && answer.end.status === 0;
    if (verb === 'DEL' && isGood) made.delete(what);
    return answer;
  };
  const behave = (next: Behaviour) => {
    behaviour = next;
  };
  return { run, made, behave };
}

/** A delegate that ended with status 0. */
function finished(stdout: string): DelegateRun {
  return { end: { kind: 'exited', status: 0 }, stdout, stderr: '', durationMs: 0 };
}

function wellDone(verb: string, { variables, stdin }: DelegateCall): string {
  if (verb === 'VERSION') return '{"cniVersion":"1.1.0","supportedVersions":["1.0.0","1.1.0"]}';
  if (verb !== 'ADD') return '';
  const { cniVersion, prevResult } = JSON.parse(stdin) as Record<string, unknown>;
  if (prevResult) return JSON.stringify(prevResult);
  const name = variables['CNI_IFNAME'] ?? '';
  const number = [...Buffer.from(name)].reduce((sum, byte) => (sum * 31 + byte) % 60_000, 7);
  const address = `10.7.${number >> 8}.${number & 255}/24`;
  const old = String(cniVersion).startsWith('0.1') || String(cniVersion).startsWith('0.2');
  if (old) return JSON.stringify({ cniVersion, ip4: { ip: address } });
  const interfaces = [{ name, sandbox: variables['CNI_NETNS'] }];
  return JSON.stringify({ cniVersion, interfaces, ips: [{ version: '4', interface: 0, address }] });
}
