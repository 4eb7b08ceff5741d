/** Runtime side, loading configuration: R1 … R12. Which files of a folder a network's name means, and which are refused. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, logged, refused, wholeText } from './runtime-scene.ts';

beforeAll(prepareForms);

const list = (name: string, ...types: string[]) => ({
  cniVersion: '1.0.0',
  name,
  plugins: types.map((type) => ({ type })),
});
const single = (name: string, type: string) => ({ cniVersion: '1.0.0', name, type });

describe.each(BRAID_FORMS)('loading configuration, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    for (const type of ['first', 'second', 'third']) node.plugin(type);
  });
  afterEach(() => node.dispose());

  const add = (cni?: string, config: object = {}) =>
    node.call(form, { verb: 'ADD', ...(cni === undefined ? {} : { annotations: { cni } }), config: { ...config } });
  const files = (contents: Readonly<Record<string, unknown>>) => {
    for (const [file, content] of Object.entries(contents)) {
      mkdirSync(join(node.confDir, file, '..'), { recursive: true });
      node.conf(file, content);
    }
  };
  const types = () => node.calls().map(({ plugin }) => plugin);

  test.each([
    ['R1: the first .conflist by name', { '10-b.conflist': list('a', 'first'), '20-a.conflist': list('a', 'second') }],
    ['R1: names in the order of their bytes', { '10.conflist': list('a', 'first'), '9.conflist': list('a', 'second') }],
    ['R1: a file that is called .conflist', { '.conflist': list('a', 'first') }],
    ['R2: a .conf where no .conflist matches', { '10.conf': single('a', 'first'), '05.conflist': list('b', 'second') }],
    [
      'R2: a .conflist before a .conf that sorts first',
      { '9.conflist': list('a', 'first'), '1.conf': single('a', 'second') },
    ],
    ['R2: .conf and .json in one order', { '10.json': single('a', 'first'), '20.conf': single('a', 'second') }],
    [
      'R5: of .conf files with one name the first',
      { '10.conf': single('a', 'first'), '11.conf': single('a', 'second') },
    ],
  ])('%s is used', async (_what, contents) => {
    files(contents);
    expect(await add('a')).toMatchObject({ code: 0 });
    expect(types()).toEqual(['first']);
    expect(node.calls()[0]?.stdin).toMatchObject({ name: 'a', cniVersion: '1.0.0' });
  });

  test('R1: a link to a file is followed, a folder with that ending is none', async () => {
    mkdirSync(join(node.confDir, '05-a.conflist'));
    writeFileSync(join(node.dir, 'elsewhere'), JSON.stringify(list('a', 'first')));
    symlinkSync(join(node.dir, 'elsewhere'), join(node.confDir, '10-linked.conflist'));
    expect(await add('a')).toMatchObject({ code: 0, stderr: '' });
    expect(types()).toEqual(['first']);
  });

  test.each([
    ['in a folder below', { 'below/10-x.conflist': list('a', 'first') }],
    ['with its ending in other letters', { '10-x.CONFLIST': list('a', 'first'), '10-y.Conf': single('a', 'second') }],
    ['with another ending', { '10-x.conflist.bak': list('a', 'first'), conflist: list('a', 'second') }],
  ])('R1 R4: a file %s is none', async (_where, contents) => {
    files(contents);
    const error = refused(node, await add('a'));
    expect(error).toMatchObject({ code: 7, msg: `annotation "cni": there is no network "a" in ${node.confDir}` });
  });

  test('R1: a folder that is missing is an error that names its key', async () => {
    rmSync(node.confDir, { recursive: true });
    const error = refused(node, await add('a'));
    expect(error).toMatchObject({ code: 7, details: expect.stringContaining('"confDir"') });
  });

  test.each([
    ['broken text', '{"name":'],
    ['no plugins', '{"name":"b"}'],
    ['no type', '{"name":"b","plugins":[{}]}'],
  ])('R3: a file with %s before the match is skipped and logged', async (_what, text) => {
    files({ '05-b.conflist': text, '06-c.conf': '{"name":"c"}', '10-a.conflist': list('a', 'first') });
    const answer = await add('a');
    expect(answer.code).toBe(0);
    expect(types()).toEqual(['first']);
    expect(answer.stderr).toContain('05-b.conflist');
    expect(answer.stderr).toContain('06-c.conf');
  });

  test('R3: a broken file after the match changes nothing', async () => {
    files({ '10-a.conflist': list('a', 'first'), '20-a.conflist': '{' });
    expect(await add('a')).toMatchObject({ code: 0 });
    expect(types()).toEqual(['first']);
  });

  test('R4: no file at all is told from a name that is not there', async () => {
    const empty = refused(node, await add());
    expect(empty).toMatchObject({
      code: 7,
      msg: expect.stringContaining(`default network in ${node.confDir} (no files)`),
    });
    files({ '10-b.conflist': list('b', 'first') });
    const other = refused(node, await add('a'));
    expect(other).toMatchObject({ code: 7, details: 'networks there: b' });
    expect(types()).toEqual([]);
  });

  test.each(['conf', 'json'])('R5: a list in a .%s file lacks its type', async (ending) => {
    files({ [`10-a.${ending}`]: list('a', 'first') });
    const error = refused(node, await add('a'));
    expect(error).toMatchObject({ code: 7, msg: expect.stringContaining("missing 'type'") });
  });

  test('R6: the node’s default is the first good file of all three endings, and never our own', async () => {
    files({
      '00-braid.conflist': list('braid', 'braid'),
      '05-x.conf': '{"name":"x"}',
      '06-a.json': single('a', 'first'),
      '10-b.conflist': list('b', 'second'),
    });
    const answer = await node.call(form, { verb: 'ADD', annotations: {} });
    expect(answer.code).toBe(0);
    expect(types()).toEqual(['first']);
    expect(logged(answer)).toEqual([expect.stringContaining('05-x.conf')]);
  });

  test('R6: VERSION names every version, so that no runtime drops us, within a second', async () => {
    const before = performance.now();
    const answer = await node.call(form, { verb: 'VERSION', stdin: '' });
    expect(performance.now() - before).toBeLessThan(1000);
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json.supportedVersions).toHaveLength(7);
  });

  test.each([
    ['R7: text that is not JSON', '{"name":"a"', 'JSON'],
    ['R7: an array', [], 'not a JSON object'],
    ['R7: null', 'null', 'not a JSON object'],
    ['R7: no name', { plugins: [{ type: 'first' }] }, '"name" must be a string'],
    ['R7: a name in capitals', { NAME: 'a', plugins: [{ type: 'first' }] }, '"name" must be a string'],
    ['R7: a name that is a number', { name: 1, plugins: [{ type: 'first' }] }, '"name" must be a string'],
    ['R7: an empty name', { name: '', plugins: [{ type: 'first' }] }, '"name" is ""'],
    [
      'R7: a version that is a number',
      { name: 'a', cniVersion: 1, plugins: [{ type: 'first' }] },
      '"cniVersion" must be a string',
    ],
    ['R7: plugins that are null', { name: 'a', plugins: null }, '"plugins" must be a list'],
    ['R7: plugins that are an object', { name: 'a', plugins: {} }, '"plugins" must be a list'],
    ['R7: no plugins in the list', { name: 'a', plugins: [] }, 'no plugins in list'],
    ['R7: a plugin that is a text', { name: 'a', plugins: ['first'] }, 'plugins[0]: a plugin must be a JSON object'],
    ['R7: a plugin without type', { name: 'a', plugins: [{ type: 'first' }, {}] }, "plugins[1]: missing 'type'"],
    ['R7: a plugin with an empty type', { name: 'a', plugins: [{ type: '' }] }, 'plugins[0]: "type" must not be empty'],
    ['R7: a type that is a number', { name: 'a', plugins: [{ type: 1 }] }, 'plugins[0]: "type" must be a string'],
    [
      'R8: capabilities that are a list',
      { name: 'a', plugins: [{ type: 'first', capabilities: [] }] },
      '"capabilities" must be an object',
    ],
    [
      'R8: a capability that is a text',
      { name: 'a', plugins: [{ type: 'first', capabilities: { x: 'true' } }] },
      '"capabilities.x" must be a boolean',
    ],
    ['R8: ipam that is a text', { name: 'a', plugins: [{ type: 'first', ipam: 'x' }] }, '"ipam" must be an object'],
    ['R8: dns that is a list', { name: 'a', plugins: [{ type: 'first', dns: [] }] }, '"dns" must be an object'],
    [
      'R8: name servers that are a text',
      { name: 'a', plugins: [{ type: 'first', dns: { nameservers: 'x' } }] },
      '"dns.nameservers" must be a list',
    ],
    [
      'R8: a domain that is a number',
      { name: 'a', plugins: [{ type: 'first', dns: { domain: 1 } }] },
      '"dns.domain" must be a string',
    ],
    [
      'R8: a search list of numbers',
      { name: 'a', plugins: [{ type: 'first', dns: { search: [1] } }] },
      '"dns.search[0]" must be a string',
    ],
    [
      'R10: only inlined plugins, and none',
      { name: 'a', loadOnlyInlinedPlugins: true },
      '"loadOnlyInlinedPlugins" is true',
    ],
    ['R10: no plugins at all', { name: 'a' }, 'no plugin configs found'],
    ['R11: a name that is a path', { name: '../a', plugins: [{ type: 'first' }] }, '"name" is "../a"'],
  ])('%s is refused', async (_what, content, message) => {
    files({ '10-a.conflist': content });
    const error = refused(node, await add('a'));
    expect(error.code).toBe(7);
    expect(wholeText(error)).toContain(message);
    expect(error.msg).toContain(`network "a" cannot be used: ${node.confDir}/10-a.conflist`);
    expect(types()).toEqual([]);
  });

  describe.each(['disableCheck', 'disableGC', 'loadOnlyInlinedPlugins'])('the flag %s', (flag) => {
    test.each([true, false, 'true', 'false', 'True', 'FALSE'])('R9: takes %j', async (value) => {
      files({ '10-a.conflist': { ...list('a', 'first'), [flag]: value }, 'a/10.conf': { type: 'second' } });
      const { json } = await added(node, form, 'a');
      const isOn = String(value).toLowerCase() === 'true';
      const chain = flag === 'loadOnlyInlinedPlugins' && isOn ? ['first'] : ['first', 'second'];
      expect(types()).toEqual(chain);
      const checked = await node.call(form, { verb: 'CHECK', config: { prevResult: json } });
      expect(checked, checked.stdout + checked.stderr).toMatchObject({ code: 0, stdout: '' });
      expect(types().slice(chain.length)).toEqual(flag === 'disableCheck' && isOn ? [] : chain);
    });

    test.each(['yes', '1', '', 1, null, {}])('R9: refuses %j', async (value) => {
      files({ '10-a.conflist': { ...list('a', 'first'), [flag]: value } });
      const error = refused(node, await add('a'));
      expect(error).toMatchObject({ code: 7, msg: expect.stringContaining(`"${flag}" must be true or false`) });
      expect(types()).toEqual([]);
    });
  });

  test('R10: the .conf files of the folder with its name are chained to a list, in order, nothing else there', async () => {
    files({
      '10-x.conflist': list('a', 'first'),
      'a/20.conf': { type: 'third' },
      'a/10.conf': { type: 'second' },
      'a/30.json': '{',
      'a/below/10.conf': '{',
    });
    await added(node, form, 'a');
    expect(types()).toEqual(['first', 'second', 'third']);
    expect(node.calls().map(({ stdin }) => stdin.name)).toEqual(['a', 'a', 'a']);
  });

  test('R10: a list may have its plugins in the folder alone', async () => {
    files({ '10-x.conflist': { cniVersion: '1.0.0', name: 'a' }, 'a/10.conf': { type: 'first' } });
    await added(node, form, 'a');
    expect(types()).toEqual(['first']);
  });

  test.each([
    ['a broken file in it', { 'a/10.conf': '{' }, 'a/10.conf'],
    ['a file without type in it', { 'a/10.conf': '{}' }, "missing 'type'"],
    ['a file in its place', { a: '{}' }, 'ENOTDIR'],
  ])('R10: a folder with %s fails the list', async (_what, contents, message) => {
    files({ '10-x.conflist': list('a', 'first'), ...contents });
    const error = refused(node, await add('a'));
    expect(error.code).toBe(7);
    expect(error.msg.replace('not a directory', 'ENOTDIR')).toContain(message);
    expect(types()).toEqual([]);
  });

  test('R11: no name reaches plugins outside the folder', async () => {
    mkdirSync(join(node.dir, 'evil'));
    writeFileSync(join(node.dir, 'evil', '10.conf'), JSON.stringify({ type: 'second' }));
    files({ '10-a.conflist': { ...list('../evil', 'first') }, '20-b.conflist': list('b', 'third') });
    expect(refused(node, await add('a'))).toMatchObject({ code: 7 });
    await added(node, form, 'b');
    expect(types()).toEqual(['third']);
  });

  test('R12: DEL takes back what was chained from the folder, also when its files are gone', async () => {
    files({ '10-a.conflist': list('a', 'first'), 'a/10.conf': { type: 'second', kept: 'yes' } });
    await added(node, form, 'a');
    rmSync(node.confDir, { recursive: true });
    expect(await node.call(form, { verb: 'DEL' })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(node.story()).toEqual(['ADD first eth0', 'ADD second eth0', 'DEL second eth0', 'DEL first eth0']);
    expect(node.calls()[2]?.stdin).toMatchObject({ type: 'second', kept: 'yes', name: 'a' });
    expect([node.made(), node.records()]).toEqual([[], []]);
  });
});
