/** P36: STATUS says whether an ADD could be served, soon and without doing anything. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import { expectOneDocument, frontNode, SILENCE } from './plugin-scene.ts';

beforeAll(prepareForms);

const fails = (code: number, msg: string) => ({ STATUS: { exit: 1, stdout: { code, msg } } });
const OLD_VERSIONS = { VERSION: { stdout: { cniVersion: '1.0.0', supportedVersions: ['0.4.0', '1.0.0'] } } };

/** What is wrong with the node, and keys of its configuration. */
type Spoil = (node: BraidNode) => Record<string, unknown>;

describe.each(BRAID_FORMS)('STATUS, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
    node.network('storage', ['macvlan', 'tuning'], { list: { cniVersion: '1.1.0' } });
  });
  afterEach(() => node.dispose());

  const status = (config: Readonly<Record<string, unknown>> = {}) =>
    node.call(form, { verb: 'STATUS', cniVersion: '1.1.0', config, containerId: '', ifName: '', netns: '', args: '' });
  const asked = () => node.story().filter((call) => call.startsWith('STATUS'));

  test.each<[string, Spoil, readonly string[]]>([
    ['the first valid file', () => ({}), ['STATUS bridge ']],
    [
      'defaultPlugin',
      () => ({ defaultPlugin: 'front,storage' }),
      ['STATUS bridge ', 'STATUS macvlan ', 'STATUS tuning '],
    ],
    [
      'the first valid file, not a broken one',
      (spoiled) => {
        spoiled.conf('00-broken.conf', '{');
        return {};
      },
      ['STATUS bridge '],
    ],
  ])('P36: the plugins of the default networks are asked, by %s', async (_what, prepare, expected) => {
    const config = prepare(node);
    const answer = await status(config);
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).not.toContain('"level":50');
    expect(asked().toSorted()).toEqual(expected);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each<[string, Spoil, number, RegExp]>([
    [
      'a plugin is missing',
      ({ binDir }) => {
        rmSync(join(binDir, 'bridge'));
        return {};
      },
      50,
      /"bridge"/,
    ],
    ['a default network is not there', () => ({ defaultPlugin: 'nosuch' }), 50, /"nosuch"/],
    [
      'there is no network at all',
      ({ dir }) => {
        mkdirSync(join(dir, 'empty.d'));
        return { confDir: join(dir, 'empty.d') };
      },
      50,
      /empty\.d/,
    ],
    ['the configuration folder is gone', ({ dir }) => ({ confDir: join(dir, 'gone.d') }), 50, /gone\.d/],
    [
      'the state folder cannot be written',
      ({ dir }) => {
        writeFileSync(join(dir, 'file'), '');
        return { stateDir: join(dir, 'file/state') };
      },
      50,
      /stateDir/,
    ],
    [
      'a delegate says 50',
      (spoiled) => {
        spoiled.plugin('bridge', fails(50, 'no uplink'));
        return {};
      },
      50,
      /"bridge".*no uplink/,
    ],
    [
      'a delegate says 51',
      (spoiled) => {
        spoiled.plugin('bridge', fails(51, 'no routes'));
        return {};
      },
      51,
      /"bridge".*no routes/,
    ],
    [
      'one says 50 and a later one 51',
      (spoiled) => {
        spoiled.plugin('bridge', fails(50, 'no uplink'));
        spoiled.plugin('macvlan', fails(51, 'no routes'));
        return { defaultPlugin: 'front,storage' };
      },
      51,
      /no routes.*no uplink|no uplink.*no routes/,
    ],
    [
      'one says 51 and something is missing',
      (spoiled) => {
        spoiled.plugin('bridge', fails(51, 'no routes'));
        rmSync(join(spoiled.binDir, 'tuning'));
        return { defaultPlugin: 'front,storage' };
      },
      51,
      /no routes.*"tuning"|"tuning".*no routes/,
    ],
    [
      'one says 120 and a later one 50',
      (spoiled) => {
        spoiled.plugin('bridge', fails(120, 'no uplink'));
        spoiled.plugin('macvlan', fails(50, 'no routes'));
        return { defaultPlugin: 'front,storage' };
      },
      50,
      /no routes.*no uplink|no uplink.*no routes/,
    ],
  ])('P36: STATUS fails when %s', async (_what, spoil, code, named) => {
    const answer = await status(spoil(node));
    expect(answer).toMatchObject({ code: 1, json: { cniVersion: '1.1.0', code } });
    expect(`${answer.json.msg} ${answer.json.details ?? ''}`).toMatch(named);
    expectOneDocument(answer);
    expect([node.made(), node.records()]).toEqual([[], []]);
  });

  test.each<[string, Spoil]>([
    [
      'whose list is older than 1.1.0',
      (spoiled) => {
        spoiled.network('front', ['bridge'], { list: { cniVersion: '1.0.0' } });
        spoiled.plugin('bridge', fails(50, 'never asked'));
        return {};
      },
    ],
    [
      'that does not speak 1.1.0',
      (spoiled) => {
        spoiled.plugin('bridge', { ...fails(4, 'unknown CNI_COMMAND: STATUS'), ...OLD_VERSIONS });
        return {};
      },
    ],
  ])('P36: a delegate %s is not asked', async (_what, spoil) => {
    expect(await status(spoil(node))).toMatchObject(SILENCE);
    expect(asked()).toEqual([]);
  });

  test('P36: a delegate that hangs delays the answer by two seconds at most, and is named', async () => {
    node.plugin('bridge', { STATUS: { hang: true } });
    const before = performance.now();
    const answer = await status();
    expect(performance.now() - before).toBeLessThan(4000);
    expect(answer).toMatchObject({ code: 1 });
    expect(JSON.stringify(answer.json)).toContain('bridge');
    expectOneDocument(answer);
  });

  test('P36: a failing STATUS keeps no other command from working', async () => {
    node.plugin('bridge', fails(50, 'no uplink'));
    expect(await status()).toMatchObject({ code: 1, json: { code: 50 } });
    const pod = { cniVersion: '1.1.0', annotations: { cni: 'front' } };
    expect(await node.call(form, { verb: 'ADD', ...pod })).toMatchObject({ code: 0, stderr: '' });
    expect(await node.call(form, { verb: 'DEL', ...pod })).toMatchObject(SILENCE);
  });
});
