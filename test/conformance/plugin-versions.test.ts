/** P17–P22: which version of the configuration goes with which command. */
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import { expectRefusal, frontNode, requestOf, SILENCE } from './plugin-scene.ts';

beforeAll(prepareForms);

const RELEASED = ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'];
const QUOTED = RELEASED.map((version) => `"${version}"`).join(' ');

/** What the gate says: which of its four ways of refusing. */
const SAYS = {
  unreadable: (_verb: string, _version: string) => ({ code: 6, msg: expect.stringMatching(/./) }),
  tooOld: (verb: string, _version: string) => ({ code: 1, msg: `config version does not allow ${verb}` }),
  tooNew: (verb: string, _version: string) => ({ code: 1, msg: `plugin version does not allow ${verb}` }),
  unknown: (_verb: string, version: string) => ({
    code: 1,
    msg: 'incompatible CNI versions',
    details: `config is "${version}", plugin supports [${QUOTED}]`,
  }),
};

describe.each(BRAID_FORMS)('version negotiation, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
  });
  afterEach(() => node.dispose());

  async function expectGate(verb: string, cniVersion: string, says: keyof typeof SAYS): Promise<void> {
    const answer = await node.call(form, requestOf(verb, { cniVersion }));
    expectRefusal(answer, SAYS[says](verb, cniVersion));
    expect([node.calls(), node.records()]).toEqual([[], []]);
  }

  test.each(RELEASED)('P17: ADD and DEL take %s', async (cniVersion) => {
    const added = await node.call(form, requestOf('ADD', { cniVersion }));
    expect(added).toMatchObject({ code: 0, stderr: '', json: { cniVersion } });
    expect(await node.call(form, requestOf('DEL', { cniVersion }))).toMatchObject(SILENCE);
  });

  test.each([['1.0'], ['1'], ['junk'], ['1.2.0'], ['2.0.0'], ['v1.0.0'], ['1.0.0 '], ['01.0.0'], ['0.3.2'], ['..']])(
    'P17: ADD and DEL refuse %j and name what is supported',
    async (cniVersion) => {
      await expectGate('ADD', cniVersion, 'unknown');
      await expectGate('DEL', cniVersion, 'unknown');
    },
  );

  test.each<[string, keyof typeof SAYS]>([
    ['junk', 'unreadable'],
    ['1.0.0.0', 'unreadable'],
    ['', 'tooOld'],
    ['0.1.0', 'tooOld'],
    ['0.3.1', 'tooOld'],
    ['0.3', 'tooOld'],
    ['1.1.1', 'tooNew'],
    ['1.2.0', 'tooNew'],
    ['2.0.0', 'tooNew'],
    ['1.0', 'unknown'],
    ['0.4', 'unknown'],
    ['0.5.0', 'unknown'],
  ])('P18: CHECK at %j is %s', async (cniVersion, says) => {
    await expectGate('CHECK', cniVersion, says);
  });

  test.each(['0.4.0', '1.0.0', '1.1.0'])('P18: CHECK at %s passes', async (cniVersion) => {
    const { json } = await node.call(form, requestOf('ADD', { cniVersion }));
    const answer = await node.call(form, requestOf('CHECK', { cniVersion, config: { prevResult: json } }));
    expect(answer).toMatchObject(SILENCE);
  });

  test.each<[string, keyof typeof SAYS]>([
    ['junk', 'unreadable'],
    ['1.', 'unreadable'],
    ['', 'tooOld'],
    ['0.4.0', 'tooOld'],
    ['1.0.0', 'tooOld'],
    ['1.0', 'tooOld'],
    ['1.1.1', 'tooNew'],
    ['2', 'tooNew'],
    ['1.1', 'unknown'],
    ['1.1.00', 'unknown'],
  ])('P19: GC and STATUS at %j are %s', async (cniVersion, says) => {
    await expectGate('GC', cniVersion, says);
    await expectGate('STATUS', cniVersion, says);
  });

  test.each(['GC', 'STATUS'])('P19: %s at 1.1.0 passes', async (verb) => {
    await node.call(form, requestOf('ADD'));
    expect(await node.call(form, requestOf(verb))).toMatchObject(SILENCE);
  });

  test.each<[string, keyof typeof SAYS]>([
    ['', 'tooOld'],
    ['0', 'tooOld'],
    ['0.-42.0', 'tooOld'],
    ['-1', 'tooOld'],
    ['1', 'unknown'],
    ['+1.0.0', 'unknown'],
    ['001.000', 'unknown'],
    ['0.', 'unreadable'],
    ['..', 'unreadable'],
    ['.a', 'unreadable'],
    ['1.0.0.0', 'unreadable'],
    ['v1.0.0', 'unreadable'],
    ['1.0.0-rc1', 'unreadable'],
    [' 1.0.0', 'unreadable'],
    ['1e0', 'unreadable'],
    ['0x1.0.0', 'unreadable'],
  ])('P20: the version %j, which CHECK has to compare, is %s', async (cniVersion, says) => {
    await expectGate('CHECK', cniVersion, says);
  });

  test('P21: all seven versions are advertised in their order', async () => {
    const answer = await node.call(form, { verb: 'VERSION' });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json.supportedVersions).toEqual(RELEASED);
  });

  test.each(['GC', 'STATUS'])('P22: %s, where delegates have nothing to say, ends in silence', async (verb) => {
    node.plugin('bridge', { [verb]: { stdout: '' } });
    await node.call(form, requestOf('ADD'));
    expect(await node.call(form, requestOf(verb, { cniVersion: '1.0.0' }))).toMatchObject({
      code: 1,
      json: { code: 1 },
    });
    expect(await node.call(form, requestOf(verb))).toMatchObject(SILENCE);
  });
});
