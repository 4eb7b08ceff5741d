/** P1–P30 on the built binary: dispatch, environment, stdin, versions, errors; exit code and both streams together. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BRAID_FORMS, BraidNode, prepareForms } from '../harness/braid-call.ts';

beforeAll(prepareForms);

describe.each(BRAID_FORMS)('a request to Braid $name', (form) => {
  let node: BraidNode;
  beforeEach(() => {
    node = new BraidNode();
  });
  afterEach(() => node.dispose());

  async function failure(call: Parameters<BraidNode['call']>[1]) {
    const answer = await node.call(form, call);
    expect(answer.code).toBe(1);
    expect(answer.stdout.trim().split('\n')).toHaveLength(1);
    expect(answer.stderr).not.toMatch(/^\s+at /m);
    expect(node.calls()).toEqual([]);
    return answer.json;
  }

  test('P2: without CNI_COMMAND it says what it is on stderr and succeeds', async () => {
    const answer = await node.call(form, { verb: '' });
    expect(answer).toMatchObject({ code: 0, stdout: '' });
    expect(answer.stderr).toMatch(
      /CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n$/,
    );
  });

  test('P21 P23: VERSION lists all versions, whatever else is in the environment or on stdin', async () => {
    const answer = await node.call(form, { verb: 'VERSION', stdin: 'garbage', containerId: '%%', ifName: 'a/b' });
    expect(answer).toMatchObject({ code: 0, stderr: '' });
    expect(answer.json).toEqual({
      cniVersion: '1.1.0',
      supportedVersions: ['0.1.0', '0.2.0', '0.3.0', '0.3.1', '0.4.0', '1.0.0', '1.1.0'],
    });
  });

  test.each([
    ['P1: an unknown command', { verb: 'FLY' }, 4, 'unknown CNI_COMMAND: FLY'],
    ['P1: an unknown command with empty stdin', { verb: 'FLY', stdin: '' }, 6, 'error unmarshall network config'],
    [
      'P3 P4: all missing variables at once',
      { verb: 'ADD', netns: '', ifName: '', cniPath: '' },
      4,
      'required env variables [CNI_NETNS,CNI_IFNAME,CNI_PATH] missing',
    ],
    [
      'P5: an invalid variable before missing ones',
      { verb: 'ADD', containerId: '', ifName: 'a/b' },
      4,
      'interface name contains / or : or whitespace characters',
    ],
    [
      'P7: a container id with other characters',
      { verb: 'ADD', containerId: 'a b' },
      4,
      'invalid characters in containerID',
    ],
    ['P8: an interface name of 16 bytes', { verb: 'ADD', ifName: 'abcdefghijklmnop' }, 4, 'interface name is too long'],
    ['P13: stdin that is not JSON', { verb: 'ADD', stdin: '{' }, 6, 'error unmarshall network config'],
    ['P13: stdin that is a list', { verb: 'ADD', stdin: '[]' }, 6, 'error unmarshall network config'],
    ['P14: no name', { verb: 'ADD', stdin: '{"cniVersion":"1.0.0"}' }, 7, 'missing network name'],
    [
      'P14: a name that is a path',
      { verb: 'DEL', config: { name: '../x' } },
      7,
      'invalid characters found in network name',
    ],
    [
      'P15: a version that is no string',
      { verb: 'ADD', config: { cniVersion: 1 } },
      6,
      'decoding version from network config: ',
    ],
    ['P17: a version that was never released', { verb: 'ADD', cniVersion: '1.0' }, 1, 'incompatible CNI versions'],
    ['P18: CHECK below 0.4.0', { verb: 'CHECK', cniVersion: '0.3.1' }, 1, 'config version does not allow CHECK'],
    [
      'P18: CHECK above what we speak',
      { verb: 'CHECK', cniVersion: '2.0.0' },
      1,
      'plugin version does not allow CHECK',
    ],
    ['P19: GC below 1.1.0', { verb: 'GC', cniVersion: '1.0.0' }, 1, 'config version does not allow GC'],
    ['P19: STATUS below 1.1.0', { verb: 'STATUS', cniVersion: '1.0.0' }, 1, 'config version does not allow STATUS'],
    [
      'P10: our own network namespace',
      { verb: 'ADD', netns: '/proc/self/ns/net' },
      8,
      "plugin's netns and netns from CNI_NETNS should not be the same",
    ],
  ])('%s is refused', async (_what, call, code, message) => {
    const error = await failure(call);
    expect(error.code).toBe(code);
    expect(error.msg).toContain(message);
    expect(error.cniVersion).toMatch(/^\d\.\d\.\d$/);
  });

  test('P6: GC and STATUS look at no variable that they do not need', async () => {
    for (const verb of ['GC', 'STATUS']) {
      node.network('front', ['bridge']);
      const config = { 'cni.dev/valid-attachments': null };
      const answer = await node.call(form, { verb, cniVersion: '1.1.0', containerId: '%%', ifName: 'a/b', config });
      expect(answer).toMatchObject({ code: 0, stdout: '', stderr: '' });
    }
  });

  test('P10: CNI_NETNS_OVERRIDE allows our own namespace', async () => {
    node.network('front', ['bridge']);
    const call = { verb: 'ADD', netns: '/proc/self/ns/net', annotations: { cni: 'front' } };
    expect(await node.call(form, { ...call, env: { CNI_NETNS_OVERRIDE: 'True' } })).toMatchObject({ code: 0 });
  });

  test('P28: an answer of 200 kB reaches a slow reader whole', async () => {
    const search = Array.from({ length: 10_000 }, (_, index) => `host-${index}.example.com`);
    node.network('front', ['bridge']);
    node.plugin('bridge', { ADD: { stdout: { cniVersion: '1.0.0', dns: { search } } } });
    const slow: BraidNode['call'] = (asked, call) => {
      const slowly = { ...asked, command: ['sh', '-c', '"$@" | (sleep 1; cat); exit 0', 'sh', ...asked.command] };
      return node.call(slowly, call);
    };
    const answer = await slow(form, { verb: 'ADD', annotations: { cni: 'front' } });
    expect(answer.stdout.length).toBeGreaterThan(200_000);
    expect(answer.json.dns.search).toEqual(search);
  });

  test('P28: a runtime that no longer reads stdout gets status 1, and there is no stack', async () => {
    node.network('front', ['bridge']);
    const closed = { ...form, command: ['sh', '-c', '{ "$@"; echo "status $?" >&2; } | true', 'sh', ...form.command] };
    const answer = await node.call(closed, { verb: 'ADD', annotations: { cni: 'front' } });
    expect(answer.stderr).toContain('status 1');
    expect(answer.stderr).not.toMatch(/^\s+at /m);
  });

  test('files in the working directory are none of our business', async () => {
    writeFileSync(join(node.dir, 'bunfig.toml'), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(node.dir, 'evil.ts'), 'console.log("evil");\n');
    writeFileSync(join(node.dir, '.env'), 'CNI_COMMAND=ADD\nTEST_FROM_DOTENV=1\nCNI_NETNS_OVERRIDE=1\n');
    const there = { ...form, command: ['sh', '-c', 'cd "$0" && exec "$@"', node.dir, ...form.command] };
    expect((await node.call(there, { verb: 'VERSION' })).json.cniVersion).toBe('1.1.0');
    expect(await node.call(there, { verb: '' })).toMatchObject({ code: 0, stdout: '' });
    node.network('front', ['bridge']);
    expect(await node.call(there, { verb: 'ADD', annotations: { cni: 'front' } })).toMatchObject({ code: 0 });
    expect(node.calls()[0]?.env).not.toHaveProperty('TEST_FROM_DOTENV');
    expect(node.calls()[0]?.env).not.toHaveProperty('CNI_NETNS_OVERRIDE');
  });

  test.each([
    [[], 0, '', 'CNI protocol versions supported'],
    [['--help'], 0, 'demo ', ''],
    [['help', 'demo'], 0, 'Usage: braid demo', ''],
    [['version'], 0, 'braid 0.', ''],
    [['help', 'fly'], 2, '', "unknown command 'fly'"],
    [['demmo'], 2, '', '(Did you mean demo?)'],
    [['--version'], 0, 'braid 0.', ''],
    [['fly'], 2, '', "unknown command 'fly'\nTry braid --help."],
    [['--fly'], 2, '', '--fly'],
  ])('as a command with arguments %j it ends with status %i', async (args, code, stdout, stderr) => {
    const answer = await node.call({ ...form, command: [...form.command, ...args] }, { verb: '' });
    expect(answer.code).toBe(code);
    expect(answer.stdout).toContain(stdout);
    expect(answer.stderr).toContain(stderr);
  });
});
