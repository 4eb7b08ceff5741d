/** Bundles as fixtures: how each way in which a plugin or the API server can end is said there. */
import { describe, expect, test } from 'vitest';
import { fixtureOf } from '../../src/recording/fixture-of.ts';
import type { BundledCall } from '../../src/schema/bundle.ts';
import { fixtureShape } from '../../src/schema/fixture.ts';
import { type BundleSample, sampleBundle, sampleCall } from './sample-bundle.ts';

const made = (sample: BundleSample) =>
  fixtureShape.parse(fixtureOf(sampleBundle(sample), (stateDir, { containerId }) => `${stateDir}/${containerId}`));

const RESULT = { cniVersion: '1.0.0', ips: [] };
const DEL = { CNI_COMMAND: 'DEL', CNI_IFNAME: 'eth0' };
const ENDS: [string, Partial<BundledCall>, unknown][] = [
  ['a result', { stdout: RESULT }, { bridge: { ADD: { result: RESULT } } }],
  ['nothing where a result is due', {}, { bridge: { ADD: { stdout: '' } } }],
  ['a DEL that is well', { variables: DEL }, undefined],
  ['no JSON', { stdout: 'oops' }, { bridge: { ADD: { stdout: 'oops' } } }],
  [
    'an error',
    { stdout: { cniVersion: '1.0.0', code: 11, msg: 'busy' }, end: { kind: 'exited', status: 1 } },
    { bridge: { ADD: { error: { code: 11, msg: 'busy' } } } },
  ],
  [
    'another status than usual, with words',
    { stderr: 'panic', end: { kind: 'exited', status: 2 } },
    { bridge: { ADD: { exit: 2, stderr: 'panic' } } },
  ],
  ['a signal', { end: { kind: 'signaled', signal: 'SIGSEGV' } }, { bridge: { ADD: { signal: 'SIGSEGV' } } }],
  ['no start', { end: { kind: 'not-started', cause: 'ENOEXEC' } }, { bridge: { ADD: { notStarted: 'ENOEXEC' } } }],
  ['too much', { end: { kind: 'overflowed', limitBytes: 9 } }, { bridge: { ADD: { overflow: true } } }],
  ['no end', { end: { kind: 'timed-out', timeoutMs: 60_000 } }, { bridge: { ADD: { hang: true } } }],
  [
    'the helper',
    { path: '/opt/cni/bin/braid-netns', variables: {}, stdin: '', stdout: { links: [] } },
    { 'braid-netns': { RUN: { result: { links: [] } } } },
  ],
];

test.each(ENDS)('%s', (_what, call, delegates) => {
  expect(made({ delegates: [sampleCall(call)] }).delegates).toEqual(delegates);
});

test('answers that differ from call to call are a list, and networks that share a plugin have an entry each', () => {
  const other = { stdin: { name: 'storage' }, stdout: { ips: [] } };
  const failed: Partial<BundledCall> = { variables: DEL, end: { kind: 'exited', status: 3 } };
  const delegates = [{ stdout: RESULT }, other, failed, { variables: DEL }].map(sampleCall);
  expect(made({ delegates }).delegates).toEqual({
    'front/bridge': { ADD: { result: RESULT }, DEL: [{ exit: 3 }, {}] },
    'storage/bridge': { ADD: { result: { ips: [] } } },
  });
});

test('a deadline that struck is shortened, and its error compared by its code', () => {
  const answer = { exitCode: 1, stdout: { code: 11, msg: 'no end within 60000 ms' } };
  const { steps } = made({ delegates: [sampleCall({ end: { kind: 'timed-out', timeoutMs: 60_000 } })], answer });
  expect(steps[0]).toMatchObject({ configuration: { delegateTimeoutMs: 200 }, expect: { error: { code: 11 } } });
});

test('any other error is expected to the letter', () => {
  const answer = { exitCode: 1, stdout: { code: 7, msg: 'no network "a.b" (7)' } };
  expect(made({ answer }).steps[0]?.expect?.error).toEqual({ code: 7, message: '^no network "a\\.b" \\(7\\)$' });
});

test('keys of who looks on, and of the log, are left out', () => {
  const { steps } = made({
    stdin: { record: { requests: 1 }, trace: {}, logFile: '/var/log/braid.log', confDir: '/a' },
  });
  expect(steps[0]?.configuration).toEqual({ cniVersion: '1.0.0', name: 'braid', type: 'braid', confDir: '/a' });
});

describe('the API server', () => {
  const path = '/apis/k8s.cni.cncf.io/v1/namespaces/shop/network-attachment-definitions/a';
  const definition = {
    apiVersion: 'v1',
    kind: 'NetworkAttachmentDefinition',
    metadata: { name: 'a', namespace: 'shop' },
  };

  test('has the objects that were seen, each once', () => {
    const seen = { path, answer: { kind: 'ok', body: definition } } as const;
    const list = { path: '/list', answer: { kind: 'ok', body: { items: [definition] } } } as const;
    expect(made({ cluster: [seen, seen, list] })).toMatchObject({ cluster: [definition] });
  });

  test('refuses as it did, in words that the client does not say twice', () => {
    const message = 'GET https://10.0.0.1:6443/apis/x: forbidden';
    const fixture = made({ cluster: [{ path, answer: { kind: 'refused', status: 403, message } }] });
    expect(fixture.api).toEqual([{ path, method: 'GET', status: 403, message: 'forbidden' }]);
  });

  test('does not answer, and is not waited for as long', () => {
    const fixture = made({ cluster: [{ path, answer: { kind: 'unreachable', cause: 'ECONNREFUSED' } }] });
    expect(fixture.api).toEqual([{ path, method: 'GET', reset: true }]);
    expect(fixture.steps[0]?.configuration).toMatchObject({ apiTimeoutMs: 200 });
  });

  test('knows no such resource', () => {
    const fixture = made({ cluster: [{ path, answer: { kind: 'absent', isResourceUnknown: true } }] });
    expect(fixture.api).toEqual([{ path, method: 'GET', status: 404 }]);
  });
});
