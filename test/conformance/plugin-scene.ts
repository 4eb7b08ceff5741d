/** What the rows of the plugin side share: an ordinary node and request, and answers whose three parts are judged together. */
import { expect } from 'vitest';
import { type BraidAnswer, type BraidCall, type BraidForm, BraidNode } from '../harness/braid-call.ts';

/** A namespace path that does not exist: whatever BraidNode does not say otherwise about. */
export const POD_NETNS = '/run/netns/braid-none';

/** The pod of the rows has chosen the network `front`. */
export const FRONT = { cni: 'front' };

/** A scripted plugin's answer: not now. */
export const BUSY = { exit: 1, stdout: { code: 11, msg: 'busy', details: 'lock held' } };

/** Success without a word. */
export const SILENCE = { code: 0, stdout: '', stderr: '' };

/** The keys that the configuration of a verb must have beside the ordinary ones. */
const KEYS: Readonly<Record<string, object>> = {
  GC: { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] },
};

/** A node with the network `front`: the scripted plugin `bridge` gives 10.1.0.2/24. */
export function frontNode(): BraidNode {
  const node = new BraidNode();
  node.network('front', ['bridge'], { list: { cniVersion: '1.1.0' }, plugin: { addresses: ['10.1.0.2/24'] } });
  return node;
}

/** A request that its verb succeeds with, at 1.1.0; `rest` wins. CHECK needs `prevResult` in `rest.config`. */
export function requestOf(verb: string, rest: Partial<BraidCall> = {}): BraidCall {
  return { verb, cniVersion: '1.1.0', annotations: FRONT, ...rest, config: { ...KEYS[verb], ...rest.config } };
}

/** Braid as the `"$@"` of a shell script. */
export function inShell(form: BraidForm, script: string): BraidForm {
  return { ...form, command: ['sh', '-c', script, 'sh', ...form.command] };
}

/** An error document; `cniVersion` is one of the released versions unless it is told. */
export interface ExpectedError {
  readonly code: number;
  readonly msg: unknown;
  readonly details?: unknown;
  readonly cniVersion?: string;
}

/** A request that was refused as it came in: exit status 1, exactly this document, nothing on stderr. */
export function expectRefusal(answer: BraidAnswer, error: ExpectedError): void {
  expect({ exit: answer.code, stderr: answer.stderr, error: answer.json }).toStrictEqual({
    exit: 1,
    stderr: '',
    error: { cniVersion: expect.stringMatching(/^\d\.\d\.\d$/), ...error },
  });
  expectOneDocument(answer);
}

/** A request that failed while it was served: as a refusal, and the failure stands in the log on stderr too. */
export function expectFailure(answer: BraidAnswer, error: ExpectedError): void {
  expect({ exit: answer.code, error: answer.json, logged: logLines(answer.stderr).at(-1) }).toMatchObject({
    exit: 1,
    error,
    logged: { level: 50, code: answer.json?.code, msg: answer.json?.msg },
  });
  expectOneDocument(answer);
}

/** stdout holds one JSON document on one line and nothing else; there is no stack on stderr. */
export function expectOneDocument(answer: BraidAnswer): void {
  expect(answer.stdout).toBe(`${JSON.stringify(answer.json)}\n`);
  expect(answer.stderr).not.toMatch(/^\s+at /m);
}

/** The lines of the log, each a JSON object. Throws: SyntaxError for anything else on stderr. */
export function logLines(stderr: string): { level: number; code?: number; msg: string }[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
