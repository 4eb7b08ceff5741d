/** Runtime side, version selection: R13 and R14. At which version the plugins of a list are called. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, refused } from './runtime-scene.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('version selection, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
  });
  afterEach(() => node.dispose());

  const network = (list: object) => {
    node.plugin('bridge', { ADD: { stdout: { cniVersion: '1.0.0', ips: [{ address: '10.1.0.2/24' }] } } });
    node.conf('10-a.conflist', {
      name: 'a',
      ...list,
      plugins: [{ type: 'bridge', cniVersion: '0.2.0' }],
    });
  };

  test.each([
    ['0.1.0', undefined, '0.1.0'],
    ['0.4.0', undefined, '0.4.0'],
    ['1.1.0', undefined, '1.1.0'],
    [undefined, ['0.4.0', '99.0.0', '1.0.0'], '1.0.0'],
    ['0.3.1', ['1.0.0', '0.4.0'], '1.0.0'],
    ['1.1.0', ['0.4.0'], '1.1.0'],
    ['9.0.0', ['0.4.0'], '0.4.0'],
    ['1.0.0', [], '1.0.0'],
    ['0.4.0', ['1.0'], '0.4.0'],
    [undefined, ['0.3.7', '0.3.1'], '0.3.1'],
  ])('R13: cniVersion %j with cniVersions %j runs at %s', async (cniVersion, cniVersions, expected) => {
    network({ cniVersion, cniVersions });
    const { json } = await added(node, form, 'a', { cniVersion: '1.0.0' });
    expect(node.calls()[0]?.stdin.cniVersion).toBe(expected);
    expect(node.calls()[0]?.stdin).not.toHaveProperty('cniVersions');
    expect(json).toMatchObject({ cniVersion: '1.0.0', ips: [{ address: '10.1.0.2/24' }] });
  });

  test.each(['0.4.0', '1.1.0'])('R13: a list without a version runs at %s, that of the request', async (cniVersion) => {
    network({});
    await added(node, form, 'a', { cniVersion });
    expect(node.calls()[0]?.stdin.cniVersion).toBe(cniVersion);
  });

  test.each([
    ['9.0.0', undefined, '"cniVersion" is "9.0.0"'],
    ['bad', undefined, '"cniVersion" is "bad"'],
    ['1.0', undefined, '"cniVersion" is "1.0"'],
    ['9.0.0', ['8.0.0'], '"cniVersion" is "9.0.0"'],
    [undefined, ['1.0'], '"cniVersions" is "1.0"'],
    [undefined, ['0.3.7'], '"cniVersions" is "0.3.7"'],
    ['1.0.0', ['1.0.0', 'junk'], '"cniVersions" holds "junk"'],
    ['1.0.0', ['1.0.0.0'], '"cniVersions" holds "1.0.0.0"'],
    ['junk', ['1.0.0'], '"cniVersions" holds "junk"'],
    ['1.0.0', '1.0.0', '"cniVersions" must be a list'],
    ['1.0.0', { '1.0.0': true }, '"cniVersions" must be a list'],
    ['1.0.0', [1], '"cniVersions[0]" must be a string'],
    [1, undefined, '"cniVersion" must be a string'],
  ])(
    'R13: cniVersion %j with cniVersions %j is refused before anything runs',
    async (cniVersion, cniVersions, message) => {
      network({ cniVersion, cniVersions });
      const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'a' } });
      expect(refused(node, answer)).toMatchObject({ code: 7, msg: expect.stringContaining(message) });
      expect(node.calls()).toEqual([]);
    },
  );

  test('R14: ADD, CHECK and DEL ask no plugin for its versions', async () => {
    network({ cniVersion: '1.1.0' });
    node.plugin('bridge', { VERSION: { stdout: { cniVersion: '0.4.0', supportedVersions: ['0.4.0'] } } });
    const { json } = await added(node, form, 'a');
    expect(await node.call(form, { verb: 'CHECK', config: { prevResult: json } })).toMatchObject({
      code: 0,
      stdout: '',
    });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '' });
    expect(node.story()).toEqual(['ADD bridge eth0', 'CHECK bridge eth0', 'DEL bridge eth0']);
  });

  test('R14: STATUS asks, and leaves out a plugin that does not speak the list’s version', async () => {
    network({ cniVersion: '1.1.0' });
    node.plugin('bridge', {
      VERSION: { stdout: { cniVersion: '1.0.0', supportedVersions: ['0.4.0', '1.0.0'] } },
      STATUS: { exit: 1, stdout: { code: 4, msg: 'unknown CNI_COMMAND: STATUS' } },
    });
    const answer = await node.call(form, { verb: 'STATUS', cniVersion: '1.1.0' });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(node.calls().map(({ verb }) => verb)).toEqual(['VERSION']);
  });
});
