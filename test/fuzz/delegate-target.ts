/** Fuzzing what delegates print, how they end, and when they refuse. */
import fc from 'fast-check';
import type { DelegateEnd, DelegateRun } from '../../src/execute/run-delegate.ts';
import { damaged, jsonText, mutated, oddValues, oddWords } from './odd-json.ts';
import { ordinaryCall } from './ordinary-call.ts';
import { Scene } from './scene.ts';
import { target } from './target.ts';

const versions = fc.constantFrom('1.0.0', '1.1.0', '0.4.0', '0.3.1', '0.2.0', '0.1.0', '');
const cidrs = fc.constantFrom(
  '10.0.0.2/24',
  '10.0.0.3/24',
  'fd00::2/64',
  '::ffff:10.0.0.9/120',
  'FD00::0:3/64',
  '0.0.0.0/0',
);
const gateways = fc.constantFrom('10.0.0.1', 'fd00::1', '', '::ffff:10.0.0.1');
const indices = fc.constantFrom(0, 1, 2, -1, 7, 2 ** 31, 2 ** 53, 1e21, 0.5);
const results = fc.record(
  {
    cniVersion: versions,
    interfaces: fc.array(
      fc.record({ name: oddWords, mac: oddWords, sandbox: oddWords, mtu: indices }, { requiredKeys: ['name'] }),
      {
        maxLength: 3,
      },
    ),
    ips: fc.array(
      fc.record(
        { address: cidrs, interface: indices, gateway: gateways, version: fc.constantFrom('4', '6', 'x') },
        { requiredKeys: ['address'] },
      ),
      { maxLength: 3 },
    ),
    routes: fc.array(
      fc.record({ dst: cidrs, gw: gateways, table: indices, scope: indices }, { requiredKeys: ['dst'] }),
      {
        maxLength: 2,
      },
    ),
    dns: fc.record({ nameservers: fc.array(oddWords, { maxLength: 2 }), domain: oddWords }, { requiredKeys: [] }),
    ip4: fc.record({ ip: cidrs, gateway: gateways }),
  },
  { requiredKeys: [] },
);
const errors = fc.record(
  { code: fc.oneof(indices, oddValues), msg: fc.oneof(oddWords, oddValues), details: oddWords },
  { requiredKeys: ['code'] },
);

/** What a delegate may print. */
export const outputs: fc.Arbitrary<Buffer> = fc.oneof(
  { weight: 6, arbitrary: damaged(mutated(results).map(jsonText)) },
  { weight: 3, arbitrary: damaged(mutated(errors).map(jsonText)) },
  { weight: 1, arbitrary: damaged(oddValues.map(jsonText)) },
  { weight: 1, arbitrary: fc.constant(Buffer.from('')) },
);
const ends = fc.oneof(
  { weight: 6, arbitrary: fc.constant<DelegateEnd>({ kind: 'exited', status: 0 }) },
  { weight: 3, arbitrary: fc.constant<DelegateEnd>({ kind: 'exited', status: 1 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<DelegateEnd>(
      { kind: 'signaled', signal: 'SIGSEGV' },
      { kind: 'not-started', cause: 'EACCES (/x)' },
      { kind: 'timed-out', timeoutMs: 7 },
      { kind: 'overflowed', limitBytes: 7 },
    ),
  },
);
const runs: fc.Arbitrary<DelegateRun> = fc
  .record({ end: ends, stdout: outputs, stderr: oddWords })
  .map(({ end, stdout, stderr }) => ({ end, stdout: stdout.toString('utf8'), stderr, durationMs: 0 }));

const cases = fc.record({
  add: fc.array(fc.option(runs, { nil: undefined }), { minLength: 1, maxLength: 4 }),
  other: fc.array(fc.option(runs, { nil: undefined }), { minLength: 1, maxLength: 3 }),
  versions: fc.constantFrom('1.1.0', '1.0.0', '0.4.0', '0.2.0'),
  verbs: fc.array(fc.constantFrom('CHECK', 'DEL', 'GC', 'STATUS', 'ADD'), { maxLength: 3 }),
});

/** An ADD whose delegates answer anything, further calls likewise, then a DEL by delegates that behave. */
export const delegateTarget = target({
  name: 'delegate outputs',
  share: 0.29,
  cases: () => cases,
  run: async (sandbox, { add, other, versions: cniVersion, verbs }) => {
    const scene = new Scene(sandbox);
    scene.delegates.behave(inTurn({ ADD: add }));
    const call = ordinaryCall(sandbox, 'ADD', { cniVersion });
    const added = await scene.call(call);
    const prevResult = added.status === 0 ? JSON.parse(added.stdout) : { cniVersion };
    scene.delegates.behave(inTurn({ CHECK: other, DEL: other, GC: other, STATUS: other, VERSION: other }));
    for (const verb of verbs) await scene.ordinary(verb, verb === 'ADD' ? {} : { prevResult }).catch(forgiveRollback);
    await scene.cleanUp(call);
  },
});

/** A rollback by delegates that refuse to DEL leaves something: only what behaves must leave nothing. */
function forgiveRollback(cause: unknown): void {
  if (!(cause instanceof Error) || !cause.message.startsWith('after a failed ADD')) throw cause;
}

function inTurn(script: Readonly<Record<string, ReadonlyArray<DelegateRun | undefined>>>) {
  const count = new Map<string, number>();
  return (verb: string) => {
    const answers = script[verb] ?? [];
    const turn = count.get(verb) ?? 0;
    count.set(verb, turn + 1);
    return answers[turn % Math.max(1, answers.length)];
  };
}
