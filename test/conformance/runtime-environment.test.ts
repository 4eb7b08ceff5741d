/** Runtime side, the environment of a plugin: R19 … R23, read from the kernel's own copy of it. */
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';
import { added, NETNS, shellPlugin, written } from './runtime-scene.ts';

beforeAll(prepareForms);

/** Writes argv and the environment as they were handed over, for each verb, then answers like a plugin. */
const TELLING = [
  'cat > "$here/$CNI_COMMAND.stdin"',
  'cat "/proc/$$/environ" > "$here/$CNI_COMMAND.env"',
  'printf "%s|" "$#" "$@" > "$here/$CNI_COMMAND.argv"',
  `[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion":"1.1.0","interfaces":[{"name":"eth0","sandbox":"x"}]}'`,
  `[ "$CNI_COMMAND" != VERSION ] || echo '{"cniVersion":"1.1.0","supportedVersions":["1.1.0"]}'`,
].join('\n');

const UNSET = { CNI_CONTAINERID: '', CNI_NETNS: '', CNI_IFNAME: '', CNI_ARGS: '' };

describe.each(BRAID_FORMS)('the environment of a plugin, Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
    shellPlugin(node, 'telling', TELLING);
    node.conf('10-a.conflist', { cniVersion: '1.1.0', name: 'a', plugins: [{ type: 'telling' }] });
  });
  afterEach(() => node.dispose());

  /** As `KEY=value` entries, so that a key given twice is seen. */
  const entries = (verb: string) => written(node, `${verb}.env`).split('\0').filter(Boolean);
  const cniEntries = (verb: string) =>
    entries(verb)
      .filter((entry) => /^CNI_(COMMAND|CONTAINERID|NETNS|IFNAME|ARGS|PATH)=/.test(entry))
      .toSorted();
  const atNewest = { cniVersion: '1.1.0', env: { CNI_ARGS: 'IgnoreUnknown=1', CNI_IFNAME: 'net9' } };

  test('R19: ADD inherits the environment and sets all six variables, none twice, without arguments', async () => {
    const env = { CNI_ARGS: '', CNI_NETNS_OVERRIDE: '0', CNI_OTHER: 'x', TEST_SPACED: 'a b=c', TEST_ODD: 'ü\n"' };
    await added(node, form, 'a', { env });
    expect(cniEntries('ADD')).toEqual([
      'CNI_ARGS=',
      'CNI_COMMAND=ADD',
      'CNI_CONTAINERID=c1',
      'CNI_IFNAME=eth0',
      `CNI_NETNS=${NETNS}`,
      `CNI_PATH=${node.binDir}`,
    ]);
    const all = entries('ADD');
    expect(all).toEqual(
      expect.arrayContaining(['CNI_NETNS_OVERRIDE=0', 'CNI_OTHER=x', 'TEST_SPACED=a b=c', 'TEST_ODD=ü\n"']),
    );
    const keys = all.map((entry) => entry.split('=')[0]);
    expect(keys).toHaveLength(new Set(keys).size);
    expect(written(node, 'ADD.argv')).toBe('0|');
  });

  test('R19: DEL without a namespace sets that variable to nothing, and the recorded arguments', async () => {
    await added(node, form, 'a', { args: 'IgnoreUnknown=1;K8S_POD_NAME=web' });
    const answer = await node.call(form, { verb: 'DEL', netns: '', env: { CNI_ARGS: 'IgnoreUnknown=1;X=2' } });
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(cniEntries('DEL')).toEqual([
      'CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAME=web',
      'CNI_COMMAND=DEL',
      'CNI_CONTAINERID=c1',
      'CNI_IFNAME=eth0',
      'CNI_NETNS=',
      `CNI_PATH=${node.binDir}`,
    ]);
  });

  test.each([
    ['K8S_POD_NAME=web;IgnoreUnknown=1;B=2;A=1', 'K8S_POD_NAME=web;IgnoreUnknown=1;B=2;A=1'],
    ['IP=10.1.0.9;MAC=0a:58:00:00:00:01', 'IP=10.1.0.9;MAC=0a:58:00:00:00:01'],
    ['A=;B= x ', 'A=;B= x '],
    ['A=1;;B=2;', 'A=1;B=2'],
    ['A=b=c;D=1', 'D=1'],
    ['A=1;B=2;A=3', 'A=3;B=2'],
  ])('R20: CNI_ARGS %j reaches the plugin as %j', async (args, expected) => {
    await added(node, form, 'a', { env: { CNI_ARGS: args } });
    expect(cniEntries('ADD')[0]).toBe(`CNI_ARGS=${expected}`);
  });

  test('R20: CNI_PATH is the folders that are searched, ours behind the runtime’s, each once', async () => {
    const [other, more] = [join(node.dir, 'other'), join(node.dir, 'more bins')];
    const config = { binDir: [more, node.binDir] };
    await added(node, form, 'a', { cniPath: `${other}:${node.binDir}:${other}`, config });
    expect(cniEntries('ADD').at(-1)).toBe(`CNI_PATH=${other}:${node.binDir}:${more}`);
  });

  test('R21: GC has no container, whatever the environment says', async () => {
    await added(node, form, 'a');
    const config = { 'cni.dev/valid-attachments': [{ containerID: 'c1', ifname: 'eth0' }] };
    const answer = await node.call(form, { verb: 'GC', ...atNewest, config });
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const expected = Object.entries({ ...UNSET, CNI_COMMAND: 'GC', CNI_PATH: node.binDir });
    expect(cniEntries('GC')).toEqual(expected.map(([key, value]) => `${key}=${value}`).toSorted());
    expect(written(node, 'GC.argv')).toBe('0|');
  });

  test('R21: STATUS has no container either, and VERSION before it has dummies', async () => {
    const answer = await node.call(form, { verb: 'STATUS', ...atNewest });
    expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const expected = Object.entries({ ...UNSET, CNI_COMMAND: 'STATUS', CNI_PATH: node.binDir });
    expect(cniEntries('STATUS')).toEqual(expected.map(([key, value]) => `${key}=${value}`).toSorted());
    expect(cniEntries('VERSION')).toEqual([
      'CNI_ARGS=',
      'CNI_COMMAND=VERSION',
      'CNI_CONTAINERID=',
      'CNI_IFNAME=dummy',
      'CNI_NETNS=dummy',
      'CNI_PATH=dummy',
    ]);
    expect(JSON.parse(written(node, 'VERSION.stdin'))).toEqual({ cniVersion: '1.1.0' });
  });

  test('R22: a plugin finds its own helper in CNI_PATH, which gets the environment of the attachment', async () => {
    const bins = join(node.dir, 'helpers');
    shellPlugin(node, 'helper', `cat > "$here/stdin"; cat "/proc/$$/environ" > "$here/env"`, bins);
    shellPlugin(
      node,
      'telling',
      'IFS=:; for dir in $CNI_PATH; do [ ! -x "$dir/helper" ] || exec env "CNI_COMMAND=CHECK" "$dir/helper"; done; exit 9',
    );
    node.plugin('last', { ADD: { stdout: {} } });
    node.conf('10-a.conflist', { cniVersion: '1.0.0', name: 'a', plugins: [{ type: 'last' }, { type: 'telling' }] });
    const answer = await node.call(form, { verb: 'ADD', annotations: { cni: 'a' }, config: { binDir: bins } });
    // The helper takes the plugin's place and prints nothing, which no ADD may do.
    expect(answer).toMatchObject({ code: 1, json: { code: 6 } });
    const helper = written(node, '../helpers/env').split('\0');
    expect(helper).toEqual(
      expect.arrayContaining(['CNI_CONTAINERID=c1', 'CNI_IFNAME=eth0', `CNI_PATH=${node.binDir}:${bins}`]),
    );
    const [first, ...later] = node.calls().map(({ env }) => ({ ...env, CNI_COMMAND: '' }));
    expect(later).toEqual([first]);
  });

  test.each(['TRACEPARENT', 'TRACESTATE', 'BAGGAGE'])('R23: %s passes through', async (name) => {
    await added(node, form, 'a', { env: { [name]: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' } });
    expect(entries('ADD')).toContain(`${name}=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`);
  });
});
