/** P37: how a plugin that delegates has to treat its delegates. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import { linkScriptedDelegate } from '../harness/scripted-delegate.ts';
import { BUSY, expectFailure, frontNode, inShell, POD_NETNS, requestOf } from './plugin-scene.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('delegation, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
  });
  afterEach(() => node.dispose());

  test.each(['PATH', 'the working directory', 'the configuration folder'])(
    'P37: a delegate is not searched in %s',
    async (place) => {
      const folder = place.startsWith('the conf') ? node.confDir : join(node.dir, 'elsewhere');
      mkdirSync(folder, { recursive: true });
      linkScriptedDelegate(folder, 'astray');
      node.conf('10-lost.conflist', { cniVersion: '1.1.0', name: 'lost', plugins: [{ type: 'astray' }] });
      const env = place === 'PATH' ? { PATH: `${folder}:${process.env['PATH']}` } : {};
      const there = inShell(form, `cd ${folder}; "$@"`);
      const answer = await node.call(there, requestOf('ADD', { annotations: { cni: 'lost' }, env }));
      expectFailure(answer, {
        code: 7,
        msg: expect.stringContaining(`failed to find plugin "astray" in path [${node.binDir}]`),
      });
      expect([node.calls(), node.records()]).toEqual([[], []]);
    },
  );

  test('P37: the first folder of CNI_PATH that has the delegate decides', async () => {
    const first = join(node.dir, 'first');
    mkdirSync(first);
    linkScriptedDelegate(first, 'bridge');
    const answer = await node.call(form, requestOf('ADD', { cniPath: `${first}:${node.binDir}` }));
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(node.calls()).toEqual([]);
  });

  test('P37: a delegate gets our environment and its whole configuration', async () => {
    const plugin = {
      addresses: ['10.1.0.2/24'],
      mtu: 1400,
      'x-own': { deep: [1, null, 'é'] },
      args: { cni: { a: 1 } },
    };
    node.network('front', ['bridge'], { list: { cniVersion: '1.1.0' }, plugin });
    const answer = await node.call(form, requestOf('ADD', { env: { TEST_INHERITED: 'yes' }, args: 'IgnoreUnknown=1' }));
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    const [added] = node.calls();
    expect(added?.stdin).toEqual({ cniVersion: '1.1.0', name: 'front', type: 'bridge', ...plugin });
    expect(added?.env).toMatchObject({
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: 'c1',
      CNI_NETNS: POD_NETNS,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: 'IgnoreUnknown=1',
      CNI_PATH: node.binDir,
      TEST_INHERITED: 'yes',
    });
  });

  test.each(['ADD', 'DEL', 'CHECK', 'GC', 'STATUS'])('P37: %s reaches the delegate, its stderr ours', async (verb) => {
    const added = verb === 'ADD' ? undefined : await node.call(form, requestOf('ADD'));
    node.plugin('bridge', { [verb]: { stderr: `${verb} noted\n` } });
    const answer = await node.call(form, requestOf(verb, { config: { prevResult: added?.json } }));
    expect(answer).toMatchObject({ code: 0, stderr: `${verb} noted\n` });
    expect(answer.stdout === '').toBe(verb !== 'ADD');
    expect(node.calls().filter((call) => call.verb === verb)).toHaveLength(1);
  });

  test.each([
    ['with an error', { exit: 1, stdout: { code: 142, msg: 'x' }, stderr: 'a remark\n' }, 142],
    ['by a signal', { signal: 'SIGSEGV', stderr: 'a remark\n' }, 999],
    ['with a result that is none', { stdout: '[]', stderr: 'a remark\n' }, 6],
  ])('P37: a delegate whose ADD ends %s is deleted before we answer, its stderr ours', async (_how, said, code) => {
    node.plugin('bridge', { ADD: said });
    const answer = await node.call(form, requestOf('ADD'));
    expect(answer).toMatchObject({ code: 1, json: { code } });
    expect(answer.stderr).toMatch(/^a remark$/m);
    expect(node.story()).toEqual(['ADD bridge eth0', 'DEL bridge eth0']);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test('P37: that deletion failing does not hide why the ADD failed', async () => {
    node.plugin('bridge', { ADD: { exit: 1, stdout: { code: 142, msg: 'x' } }, DEL: BUSY });
    expectFailure(await node.call(form, requestOf('ADD')), {
      code: 142,
      msg: expect.stringMatching(/ADD: x$/),
      details: expect.stringContaining('DEL: busy'),
    });
  });
});
