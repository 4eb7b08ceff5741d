/** P1–P11: which command, which variables, and what each may hold. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, type BraidNode, prepareForms } from '../harness/braid-call.ts';
import { expectRefusal, FRONT, frontNode, inShell, POD_NETNS, requestOf, SILENCE } from './plugin-scene.ts';

beforeAll(prepareForms);

const OWN_NETNS = '/proc/self/ns/net';
const SAME_NETNS = "plugin's netns and netns from CNI_NETNS should not be the same";
const WHITE_SPACE = 'interface name contains / or : or whitespace characters';
const NOTHING_SET = { containerId: '', netns: '', ifName: '', args: '', cniPath: '' };

describe.each(BRAID_FORMS)('dispatch and environment, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = frontNode();
  });
  afterEach(() => node.dispose());

  test.each([
    ['DEL', 'DEL bridge eth0'],
    ['CHECK', 'CHECK bridge eth0'],
    ['GC', 'GC bridge '],
    ['STATUS', 'STATUS bridge '],
  ])('P1: ADD and %s reach the delegate', async (verb, expected) => {
    const added = await node.call(form, requestOf('ADD'));
    expect(added).toMatchObject({ code: 0, stderr: '', json: { ips: [{ address: '10.1.0.2/24' }] } });
    expect(await node.call(form, requestOf(verb, { config: { prevResult: added.json } }))).toMatchObject(SILENCE);
    expect(node.story()[0]).toBe('ADD bridge eth0');
    expect(node.story()).toContain(expected);
  });

  test.each([
    ['a word that is none of the six', { verb: 'FLY' }, 4, 'unknown CNI_COMMAND: FLY'],
    ['a command in small letters', { verb: 'add' }, 4, 'unknown CNI_COMMAND: add'],
    ['a command with a blank', { verb: 'ADD ' }, 4, 'unknown CNI_COMMAND: ADD '],
    ['an unknown command without any other variable', { verb: 'FLY', ...NOTHING_SET }, 4, 'unknown CNI_COMMAND: FLY'],
    ['an unknown command with empty stdin', { verb: 'FLY', stdin: '' }, 6, /^error unmarshall network config: /],
    ['an unknown command with a bad name', { verb: 'FLY', config: { name: '' } }, 7, 'missing network name'],
  ])('P1: %s is refused', async (_what, call, code, msg) => {
    expectRefusal(await node.call(form, call), {
      code,
      msg: typeof msg === 'string' ? msg : expect.stringMatching(msg),
    });
  });

  test.each([
    ['unset', '"$@"; status=$?; cat >&2; exit $status'],
    ['empty', 'CNI_COMMAND= "$@"; status=$?; cat >&2; exit $status'],
  ])('P2: with CNI_COMMAND %s two lines on stderr say what this is, and stdin stays unread', async (_how, script) => {
    const answer = await node.call(inShell(form, script), { verb: '', stdin: 'unread' });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toMatch(
      /^braid [^\n]+\nCNI protocol versions supported: 0\.1\.0, 0\.2\.0, 0\.3\.0, 0\.3\.1, 0\.4\.0, 1\.0\.0, 1\.1\.0\nunread$/,
    );
  });

  test.each([
    ['ADD', 'CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH'],
    ['CHECK', 'CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH'],
    ['DEL', 'CNI_CONTAINERID,CNI_IFNAME,CNI_PATH'],
    ['GC', 'CNI_PATH'],
    ['STATUS', 'CNI_PATH'],
  ])('P3 P4: %s without any other variable names all that it requires', async (verb, names) => {
    const answer = await node.call(form, requestOf(verb, NOTHING_SET));
    expectRefusal(answer, { code: 4, msg: `required env variables [${names}] missing` });
  });

  test.each([
    ['ADD', { args: '' }],
    ['CHECK', { args: '' }],
    ['DEL', { args: '', netns: '' }],
    ['GC', { args: '', netns: '', containerId: '', ifName: '' }],
    ['STATUS', { args: '', netns: '', containerId: '', ifName: '' }],
    ['VERSION', NOTHING_SET],
  ])('P3: %s succeeds with what it requires alone', async (verb, unset) => {
    const before = verb === 'ADD' ? undefined : await node.call(form, requestOf('ADD'));
    const answer = await node.call(form, requestOf(verb, { ...unset, config: { prevResult: before?.json } }));
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.stdout === '').toBe(!['ADD', 'VERSION'].includes(verb));
  });

  test.each([
    ['ADD', 'CNI_CONTAINERID'],
    ['ADD', 'CNI_NETNS'],
    ['CHECK', 'CNI_IFNAME'],
    ['DEL', 'CNI_CONTAINERID'],
    ['DEL', 'CNI_IFNAME'],
    ['GC', 'CNI_PATH'],
  ])('P4: %s with %s set to nothing misses it', async (verb, name) => {
    const answer = await node.call(inShell(form, `${name}= "$@"`), requestOf(verb));
    expectRefusal(answer, { code: 4, msg: `required env variables [${name}] missing` });
    expect(node.calls()).toEqual([]);
  });

  test.each([
    ['an invalid interface name and no container id', { containerId: '', ifName: 'a/b' }, WHITE_SPACE, undefined],
    ['an invalid interface name and no path', { ifName: 'a b', cniPath: '' }, WHITE_SPACE, undefined],
    [
      'an invalid container id and nothing else',
      { ...NOTHING_SET, containerId: '%' },
      'invalid characters in containerID',
      '%',
    ],
    ['both of them invalid', { containerId: '%', ifName: 'a/b' }, 'invalid characters in containerID', '%'],
  ])('P5: %s: the first invalid one is the error', async (_what, variables, msg, details) => {
    const answer = await node.call(form, requestOf('ADD', variables));
    expectRefusal(answer, { code: 4, msg, ...(details === undefined ? {} : { details }) });
  });

  test.each(['GC', 'STATUS'])('P6: %s does not judge the variables that it does not require', async (verb) => {
    await node.call(form, requestOf('ADD'));
    const answer = await node.call(form, requestOf(verb, { containerId: '%%', ifName: 'a/b', netns: OWN_NETNS }));
    expect(answer).toMatchObject(SILENCE);
  });

  test.each(['a', '0', 'A.b_c-9', '0-'])('P7: the container id %s is taken', async (containerId) => {
    const added = await node.call(form, requestOf('ADD', { containerId }));
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(node.calls()[0]?.env['CNI_CONTAINERID']).toBe(containerId);
    expect(await node.call(form, requestOf('DEL', { containerId }))).toMatchObject(SILENCE);
    expect(node.records()).toEqual([]);
  });

  test('P7: a container id of 1000 characters is taken', async () => {
    // The scripted plugin keeps its account in files, whose names may not be as long.
    rmSync(join(node.binDir, 'bridge'));
    const script = `#!/bin/sh\ncat >/dev/null\n[ $CNI_COMMAND != ADD ] || echo '{"ips":[{"address":"10.1.0.2/24"}]}'\n`;
    writeFileSync(join(node.binDir, 'bridge'), script, { mode: 0o755 });
    const containerId = 'x'.repeat(1000);
    const added = await node.call(form, requestOf('ADD', { containerId }));
    expect(added).toMatchObject({ code: 0, stderr: '', json: { ips: [{ address: '10.1.0.2/24' }] } });
    const check = requestOf('CHECK', { containerId, config: { prevResult: added.json } });
    expect(await node.call(form, check)).toMatchObject(SILENCE);
    expect(await node.call(form, requestOf('DEL', { containerId }))).toMatchObject(SILENCE);
    expect(node.records()).toEqual([]);
  });

  test.each([['-a'], ['.a'], ['_a'], ['a b'], ['a/b'], ['../a'], ['é'], ['a\n'], ['a\nb'], ['a:b']])(
    'P7: the container id %j is refused',
    async (containerId) => {
      for (const verb of ['ADD', 'DEL', 'CHECK']) {
        const answer = await node.call(form, requestOf(verb, { containerId }));
        expectRefusal(answer, { code: 4, msg: 'invalid characters in containerID', details: containerId });
      }
    },
  );

  const TOO_LONG = { msg: 'interface name is too long', details: 'interface name should be less than 16 characters' };
  test.each([
    ['of 16 letters', 'abcdefghijklmnop', TOO_LONG],
    ['of 8 characters in 16 bytes', 'éééééééé', TOO_LONG],
    ['that is too long and a path', 'abcdefghijklm/nopq', TOO_LONG],
    ['of one dot', '.', { msg: 'interface name is . or ..' }],
    ['of two dots', '..', { msg: 'interface name is . or ..' }],
    ['with a slash', 'a/b', { msg: WHITE_SPACE }],
    ['with a colon', 'a:b', { msg: WHITE_SPACE }],
    ['with a blank', 'a b', { msg: WHITE_SPACE }],
    ['with a tab', 'a\tb', { msg: WHITE_SPACE }],
    ['with a line feed at its end', 'a\n', { msg: WHITE_SPACE }],
    ['with U+0085', 'a\u0085b', { msg: WHITE_SPACE }],
    ['with U+00A0', 'a\u00a0b', { msg: WHITE_SPACE }],
    ['with U+2028', 'a\u2028b', { msg: WHITE_SPACE }],
    ['with U+3000', 'a\u3000b', { msg: WHITE_SPACE }],
  ])('P8: an interface name %s is refused', async (_what, ifName, error) => {
    expectRefusal(await node.call(form, requestOf('ADD', { ifName })), { code: 4, ...error });
  });

  test.each([
    ['of 15 letters', 'abcdefghijklmno'],
    ['of 7 characters in 14 bytes', 'ééééééé'],
    ['of a format', '-%d'],
    ['with U+FEFF', 'a\ufeffb'],
    ['of three dots', '...'],
  ])('P8: an interface name %s is taken', async (_what, ifName) => {
    const answer = await node.call(form, requestOf('ADD', { ifName }));
    expect(answer).toMatchObject({ code: 0, stderr: '', json: { interfaces: [{ name: ifName }] } });
  });

  test('P8: an interface name of nothing is a missing variable', async () => {
    const answer = await node.call(form, requestOf('ADD', { ifName: '' }));
    expectRefusal(answer, { code: 4, msg: 'required env variables [CNI_IFNAME] missing' });
  });

  test.each(['no path at all %%', '/nonexistent/netns', './netns', '/dev/null'])(
    'P9: CNI_NETNS %j is handed on as it is',
    async (netns) => {
      expect(await node.call(form, requestOf('ADD', { netns }))).toMatchObject({ code: 0, stderr: '' });
      expect(await node.call(form, requestOf('DEL', { netns }))).toMatchObject(SILENCE);
      expect(node.calls().map(({ env }) => env['CNI_NETNS'])).toEqual([netns, netns]);
    },
  );

  test.each([
    ['ADD', OWN_NETNS, {}],
    ['DEL', OWN_NETNS, {}],
    ['ADD', `/proc/${process.pid}/ns/net`, {}],
    ['ADD', OWN_NETNS, { CNI_NETNS_OVERRIDE: 'yes' }],
    ['ADD', OWN_NETNS, { CNI_NETNS_OVERRIDE: '0' }],
    ['DEL', OWN_NETNS, { CNI_NETNS_OVERRIDE: 'false' }],
  ])('P10: %s in our own namespace is refused before anything runs', async (verb, netns, env) => {
    const answer = await node.call(form, requestOf(verb, { netns, env }));
    expectRefusal(answer, { code: 8, msg: SAME_NETNS, details: netns });
    expect([node.calls(), node.records()]).toEqual([[], []]);
  });

  test.each(['1', 'true', 'TRUE', 'True'])('P10: CNI_NETNS_OVERRIDE=%s allows it', async (override) => {
    const rest = { netns: OWN_NETNS, env: { CNI_NETNS_OVERRIDE: override } };
    expect(await node.call(form, requestOf('ADD', rest))).toMatchObject({ code: 0, stderr: '' });
    expect(await node.call(form, requestOf('DEL', rest))).toMatchObject(SILENCE);
    expect(node.story()).toEqual(['ADD bridge eth0', 'DEL bridge eth0']);
  });

  test.each(['CHECK', 'GC', 'STATUS'])('P10: %s does not look at the namespace', async (verb) => {
    const { json } = await node.call(form, requestOf('ADD'));
    const answer = await node.call(form, requestOf(verb, { netns: OWN_NETNS, config: { prevResult: json } }));
    expect(answer).toMatchObject(SILENCE);
  });

  test('P11: what a delegate gets as CNI_ARGS can be read by the strictest of them', async () => {
    const args = 'IgnoreUnknown=1;K8S_POD_NAME=web;A=b=c;K8S_POD_NAME=db;k8s_pod_name=x;;FLAG;';
    expect(await node.call(form, requestOf('ADD', { args }))).toMatchObject({ code: 0, stderr: '' });
    const pairs = (node.calls()[0]?.env['CNI_ARGS'] ?? '').split(';').map((pair) => pair.split('='));
    expect(pairs.every((pair) => pair.length === 2)).toBe(true);
    expect(pairs.filter(([key]) => key !== 'FLAG')).toEqual([
      ['IgnoreUnknown', '1'],
      ['K8S_POD_NAME', 'db'],
      ['k8s_pod_name', 'x'],
    ]);
  });

  test('P11: our own reading takes everything after the first "=" for the value', async () => {
    node.network('first', ['ptp']);
    const args = `K8S_ANNOT=${JSON.stringify({ ...FRONT, note: 'a=b=c' })};`;
    const answer = await node.call(form, { verb: 'ADD', cniVersion: '1.1.0', args });
    expect(answer).toMatchObject({ code: 0, stderr: '', json: { interfaces: [{ name: 'eth0', sandbox: POD_NETNS }] } });
    expect(node.story()).toEqual(['ADD bridge eth0']);
  });
});
