/** A request that is looked on at goes on as it would, whatever it is told. */
import { expect, test } from 'vitest';
import type { DelegateCall, DelegateRun } from '../../src/execute/run-delegate.ts';
import { SILENT_LOG } from '../../src/log/silent-log.ts';
import { Recording } from '../../src/recording/recording.ts';
import type { Ports } from '../../src/stages/ports.ts';
import type { AttachmentRecord } from '../../src/state/state-store.ts';
import { memoryState } from '../samples/memory-state.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';
import { COMPLETE, requestOf } from '../samples/request.ts';

const CALL: DelegateCall = {
  path: '/opt/cni/bin/bridge',
  variables: { CNI_COMMAND: 'ADD' },
  stdin: '{}',
  timeoutMs: 1000,
  signal: new AbortController().signal,
};

/** A recording of a request whose only plugin answers so, with this record in the journal. */
function recorded(stdout: string, variables: Record<string, string> = {}, record?: AttachmentRecord) {
  const run: DelegateRun = { end: { kind: 'exited', status: 0 }, stdout, stderr: '', durationMs: 1 };
  const recording = new Recording(requestOf(variables), { variables: { ...COMPLETE, ...variables }, stdin: '{}' });
  const ports = recording.ports({
    podSources: [],
    host: {},
    state: { ...memoryState().state, list: async () => (record ? [{ kind: 'found', record }] : []) },
    log: SILENT_LOG,
    runDelegate: async () => run,
  } as unknown as Ports);
  return { recording, ports, run };
}

test('an answer that is nested too deeply to be looked into does not keep the plugin from having given it', async () => {
  const { ports, run } = recorded(`{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
  expect(await ports.runDelegate(CALL)).toBe(run);
});

test('of variables the values are kept that the specification names, and the answer has no secret', () => {
  const { recording } = recorded('', { CNI_TOKEN: 'hush', HTTP_PROXY: 'hush' });
  const answer = { exitCode: 1, stdout: '{"code":7,"msg":"no login: password=hush","details":"token: hush"}' } as const;
  const { request, answer: kept } = recording.bundle(answer, { files: {}, journal: {} });
  expect(request.variables).toEqual(COMPLETE);
  expect(request.otherVariables).toEqual(['CNI_TOKEN', 'HTTP_PROXY']);
  expect(kept.stdout).toEqual({ code: 7, msg: 'no login: password=(hidden)', details: 'token: (hidden)' });
});

test('a record of the journal has no annotations of the pod, and no secret of its arguments', async () => {
  const cniArgs = 'K8S_POD_NAME=web;TOKEN=hush;K8S_ANNOT={"cni":"front","other":"hush"}';
  const { recording, ports } = recorded('', {}, recordOf([attachmentOf('front', 'eth0', { cniArgs })]));
  await ports.state.list('c1');
  const [before] = recording.bundle({ exitCode: 0, stdout: '' }, { files: {}, journal: {} }).journal.before;
  expect(before).toMatchObject({
    kind: 'found',
    record: {
      attachments: [
        { cniArgs: 'K8S_POD_NAME=web;TOKEN=(hidden);K8S_ANNOT={"cni":"front","other":"(hidden)"}', phase: 'planned' },
      ],
    },
  });
});
