/** Runtime side, STATUS of the default network: R50 and R51; and R52, the conventions of the reference debugging tool. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, refused } from './runtime-scene.ts';

beforeAll(prepareForms);

const failing = (code: number) => ({ STATUS: { exit: 1, stdout: { code, msg: 'not now', details: 'why' } } });

describe.each(BRAID_FORMS)('STATUS, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    node.network('a', ['one', 'two', 'three'], { list: { cniVersion: '1.1.0' } });
  });
  afterEach(() => node.dispose());

  const status = (config: object = {}) =>
    node.call(form, { verb: 'STATUS', cniVersion: '1.1.0', config: { ...config } });
  const asked = () => node.calls().filter(({ verb }) => verb === 'STATUS');

  test('R50: STATUS runs forward along the default network and succeeds in silence', async () => {
    node.network('b', ['four'], { list: { cniVersion: '1.1.0' } });
    expect(await status()).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(asked().map(({ plugin }) => plugin)).toEqual(['one', 'two', 'three']);
  });

  test.each([50, 51, 120])('R50: the first error ends it, and its code %d survives', async (code) => {
    node.plugin('two', failing(code));
    node.plugin('three', failing(99));
    const answer = await status();
    expect(answer).toMatchObject({ code: 1, json: { code, details: 'why' } });
    expect(answer.json.msg).toMatch(/network "a".*plugin "two" STATUS: not now$/);
    expect(asked().map(({ plugin }) => plugin)).toEqual(['one', 'two']);
  });

  test('R50: the networks that are asked are the node’s defaults', async () => {
    node.network('b', ['four'], { list: { cniVersion: '1.1.0' } });
    node.plugin('one', failing(50));
    expect(await status({ defaultPlugin: 'b' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(asked().map(({ plugin }) => plugin)).toEqual(['four']);
  });

  test.each(['1.0.0', '0.4.0', '0.1.0'])(
    'R51: a list at %s is a success for which nothing runs',
    async (cniVersion) => {
      node.network('a', ['one'], { list: { cniVersion } });
      node.plugin('one', failing(50));
      expect(await status()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(node.calls()).toEqual([]);
    },
  );

  test('R51: the version that cniVersions selects is what counts', async () => {
    node.network('a', ['one'], { list: { cniVersion: '0.4.0', cniVersions: ['0.4.0', '1.1.0'] } });
    node.plugin('one', failing(50));
    expect(await status()).toMatchObject({ code: 1, json: { code: 50 } });
  });

  test('R52: NETCONFPATH, CAP_ARGS and a default for the interface are not ours', async () => {
    const other = join(node.dir, 'other.d');
    mkdirSync(other);
    writeFileSync(join(other, '10-x.conflist'), '{"cniVersion":"1.0.0","name":"x","plugins":[{"type":"four"}]}');
    const capabilities = { portMappings: true };
    node.conf('10-a.conflist', { cniVersion: '1.0.0', name: 'a', plugins: [{ type: 'one', capabilities }] });
    const env = { NETCONFPATH: other, CAP_ARGS: '{"portMappings":[{"hostPort":1}]}' };
    await added(node, form, 'a', { env });
    expect(node.calls()[0]?.stdin).toEqual({ type: 'one', name: 'a', cniVersion: '1.0.0' });
    const unnamed = await node.call(form, {
      verb: 'ADD',
      containerId: 'c2',
      ifName: '',
      annotations: { cni: 'a' },
      env,
    });
    expect(unnamed).toMatchObject({ code: 1, json: { code: 4, msg: 'required env variables [CNI_IFNAME] missing' } });
  });

  test('R52: a call as that tool makes it is served like any other, but a GC without a list is not', async () => {
    const call = { containerId: 'cnitool-77383ca0a0715733ca6f', args: 'K8S_POD_NAME=web', cniVersion: '1.1.0' };
    const { json } = await added(node, form, 'a', call);
    expect(await node.call(form, { verb: 'CHECK', ...call, config: { prevResult: json } })).toMatchObject({ code: 0 });
    expect(await node.call(form, { verb: 'GC', ...call })).toMatchObject({ code: 1, json: { code: 7 } });
    expect(node.made()).toHaveLength(3);
    expect(await node.call(form, { verb: 'DEL', ...call })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('R52: by hand it says what it is, and runs nothing', async () => {
    const answer = await node.call(form, { verb: '' });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toContain('CNI protocol versions supported: 0.1.0');
    expect(refused(node, await node.call(form, { verb: 'add' }))).toMatchObject({ code: 4 });
    expect(node.calls()).toEqual([]);
  });
});
