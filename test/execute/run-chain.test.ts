import { describe, expect, test } from 'vitest';
import { WHOLE_HOST } from '../../src/catalogue/whole-host.ts';
import { addChain, checkChain, delChain } from '../../src/execute/run-chain.ts';
import { catalogueWith, profileOf } from '../samples/catalogue.ts';
import { contextOf, failed, type Script, scriptedDelegates } from '../samples/delegates.ts';
import { failure } from '../samples/failure.ts';
import { attachmentOf } from '../samples/record.ts';

const TYPES = ['bridge', 'tuning', 'portmap'];
const plugins = TYPES.map((type) => ({ type, config: { type, name: 'front', cniVersion: '1.0.0', mine: type } }));
const chain = attachmentOf('front', 'net1', { plugins, cniVersion: '1.0.0' });
const result = { cniVersion: '1.0.0', ips: [{ address: '10.0.0.2/24' }] };

async function scene(script: Script = {}, rest: Parameters<typeof contextOf>[2] = {}) {
  const delegates = scriptedDelegates(script);
  return { delegates, context: await contextOf(delegates.run, TYPES, rest) };
}

const stdins = (calls: readonly { stdin: string }[]) =>
  calls.map(({ stdin }) => JSON.parse(stdin) as Record<string, unknown>);

describe('every call', () => {
  test('R15, R19, R20: has the six variables, the mark of its container and the recorded configuration', async () => {
    const { delegates, context } = await scene();
    await delChain({ ...chain, cniArgs: '' }, { ...context, netns: '' }, false);
    expect(delegates.calls[0]).toMatchObject({
      path: '/opt/cni/bin/portmap',
      timeoutMs: 1000,
      variables: {
        CNI_COMMAND: 'DEL',
        CNI_CONTAINERID: 'c1',
        CNI_NETNS: '',
        CNI_IFNAME: 'net1',
        CNI_ARGS: '',
        CNI_PATH: '/opt/cni/bin:/extra',
        BRAID_DELEGATE_OF: '/state:c1',
      },
    });
    expect(stdins(delegates.calls)[0]).toEqual(plugins[2]?.config);
  });
});

describe('addChain', () => {
  test('R35: runs forward, each plugin with the result of the one before, the first with none', async () => {
    const { delegates, context } = await scene({
      'ADD bridge': { stdout: result },
      'ADD tuning': { stdout: { ...result, ips: [{ address: '10.0.0.3/24' }] } },
    });
    expect(await addChain(chain, context)).toEqual({ ...result, ips: [{ address: '10.0.0.3/24' }] });
    expect(delegates.log).toEqual(['ADD bridge net1', 'ADD tuning net1', 'ADD portmap net1']);
    expect(stdins(delegates.calls).map(({ prevResult }) => prevResult)).toEqual([
      undefined,
      result,
      { ...result, ips: [{ address: '10.0.0.3/24' }] },
    ]);
  });

  test('R33: an answer in another version is converted before the next plugin sees it', async () => {
    const old = { cniVersion: '0.2.0', ip4: { ip: '10.0.0.2/24' } };
    const { delegates, context } = await scene({ 'ADD bridge': { stdout: old } });
    expect(await addChain(chain, context)).toEqual(result);
    expect(stdins(delegates.calls)[1]?.['prevResult']).toEqual(result);
  });

  test('R35: the first failure ends it, with network, interface and plugin before the plugin’s own words', async () => {
    const { delegates, context } = await scene({ 'ADD tuning': failed(50, 'no sysctl') });
    expect(await failure(() => addChain(chain, context))).toMatchObject({
      code: 50,
      message: 'network "front" (net1), plugin "tuning" ADD: no sysctl',
    });
    expect(delegates.log).toEqual(['ADD bridge net1', 'ADD tuning net1']);
  });

  test.each([
    ['shop/blue', 'network "front" of shop/blue (net1)'],
    ['shop/front', 'network "front" (net1)'],
    ['', 'network "front" (net1)'],
  ])('R35: the definition that the pod named is told too where it has another name (%j)', async (reference, title) => {
    const { context } = await scene({ 'ADD tuning': failed(50, 'no sysctl') });
    const message = `${title}, plugin "tuning" ADD: no sysctl`;
    expect(await failure(() => addChain({ ...chain, reference }, context))).toMatchObject({ message });
  });

  test.each([
    ['garbage', 6, 'plugin "bridge" ADD: the plugin ended well but printed what is not one JSON document: "garbage"'],
    ['{"cniVersion":"9.9.9"}', 6, 'plugin "bridge" ADD: unsupported CNI result version "9.9.9"'],
    ['{"ips":[null]}', 6, 'plugin "bridge" ADD: the 1.0.0 result is not valid: "ips[0]" must be an object'],
  ])('R31, R32, R70: stdout %o is code %i', async (stdout, code, message) => {
    const { context } = await scene({ 'ADD bridge': { stdout } });
    expect(await failure(() => addChain(chain, context))).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('R24: a binary that went away since the plan is told without words that runtimes take for success', async () => {
    const { delegates, context } = await scene({}, { plugins: new Map([['bridge', { kind: 'absent' }]]) });
    const error = await failure(() => addChain(chain, context));
    expect(error).toMatchObject({
      code: 7,
      message:
        'network "front" (net1), plugin "bridge" ADD: failed to find plugin "bridge" in path [/opt/cni/bin /extra]',
    });
    expect(error.message).not.toMatch(/not found|no such file/);
    expect(delegates.log).toEqual([]);
  });

  test('R24: so is one that cannot be executed any more', async () => {
    const { context } = await scene(
      {},
      { plugins: new Map([['bridge', { kind: 'not-executable', path: '/x/bridge' }]]) },
    );
    expect(await failure(() => addChain(chain, context))).toMatchObject({
      code: 7,
      message: expect.stringContaining('/x/bridge is not executable'),
    });
  });
});

describe('checkChain', () => {
  test('R37, M17: runs forward, every plugin with the chain’s own recorded result; stdout is not looked at', async () => {
    const { delegates, context } = await scene({ CHECK: { stdout: 'noise' } });
    await checkChain({ ...chain, result }, context);
    expect(delegates.log).toEqual(['CHECK bridge net1', 'CHECK tuning net1', 'CHECK portmap net1']);
    expect(stdins(delegates.calls).map(({ prevResult }) => prevResult)).toEqual([result, result, result]);
  });

  test('R37: the first failure ends it', async () => {
    const { delegates, context } = await scene({ 'CHECK tuning': failed(7, 'mtu is 1400') });
    expect(await failure(() => checkChain({ ...chain, result }, context))).toMatchObject({
      code: 7,
      message: 'network "front" (net1), plugin "tuning" CHECK: mtu is 1400',
    });
    expect(delegates.log).toHaveLength(2);
  });
});

describe('delChain', () => {
  test.each([
    ['0.4.0', true],
    ['1.1.0', true],
    ['0.3.1', false],
    ['0.1.0', false],
  ] as const)('R38: runs in reverse; at %s with prevResult: %s', async (cniVersion, isGiven) => {
    const { delegates, context } = await scene();
    await delChain({ ...chain, cniVersion, result }, context, false);
    expect(delegates.log).toEqual(['DEL portmap net1', 'DEL tuning net1', 'DEL bridge net1']);
    expect(stdins(delegates.calls).map(({ prevResult }) => prevResult)).toEqual(
      delegates.calls.map(() => (isGiven ? result : undefined)),
    );
  });

  test('R38: a first error ends a DEL, so that a repeated one runs all again', async () => {
    const { delegates, context } = await scene({ 'DEL tuning': failed(11, 'busy') });
    expect(await failure(() => delChain(chain, context, false))).toMatchObject({
      code: 11,
      message: 'network "front" (net1), plugin "tuning" DEL: busy',
    });
    expect(delegates.log).toEqual(['DEL portmap net1', 'DEL tuning net1']);
  });

  test('M12: a rollback runs the whole chain and tells the first error, the others in details', async () => {
    const { delegates, context } = await scene({
      'DEL portmap': failed(7, 'first'),
      'DEL bridge': failed(8, 'second'),
    });
    expect(await failure(() => delChain(chain, context, true))).toMatchObject({
      code: 7,
      message: 'network "front" (net1), plugin "portmap" DEL: first',
      details: 'network "front" (net1), plugin "bridge" DEL: second',
    });
    expect(delegates.log).toEqual(['DEL portmap net1', 'DEL tuning net1', 'DEL bridge net1']);
  });

  test('M12: a missing binary does not keep a rollback from the others', async () => {
    const delegates = scriptedDelegates();
    const context = await contextOf(delegates.run, ['bridge', 'tuning']);
    expect(await failure(() => delChain(chain, context, true))).toMatchObject({
      code: 7,
      message: expect.stringContaining('failed to find plugin "portmap"'),
    });
    expect(delegates.log).toEqual(['DEL tuning net1', 'DEL bridge net1']);
  });
});

describe('DEL where the pod’s namespace is gone', () => {
  const attachment = {
    interfaceName: 'honoured',
    secondary: { is: 'possible' },
    twice: { is: 'possible' },
    delNeedsNamespace: true,
  };
  const openCatalogue = async () =>
    catalogueWith(profileOf('tuning', { attachment }), profileOf('portmap', { attachment }));
  const withIpam = plugins.map((plugin) =>
    plugin.type === 'tuning' ? { ...plugin, config: { ...plugin.config, ipam: { type: 'bridge' } } } : plugin,
  );

  async function deleted(isNamespaceGone: boolean) {
    const { delegates, context } = await scene({}, { isNamespaceGone, knowledge: { openCatalogue, host: WHOLE_HOST } });
    await delChain({ ...chain, plugins: withIpam }, context, false);
    return { log: delegates.log, stdins: stdins(delegates.calls) };
  }

  test('a plugin that needs it is left out, but for its IPAM plugin, which gets the same', async () => {
    const gone = await deleted(true);
    expect(gone.log).toEqual(['DEL bridge net1', 'DEL bridge net1']);
    expect(gone.stdins.map(({ mine }) => mine)).toEqual(['tuning', 'bridge']);
  });

  test('where it is there, all are run', async () => {
    expect((await deleted(false)).log).toEqual(['DEL portmap net1', 'DEL tuning net1', 'DEL bridge net1']);
  });
});
