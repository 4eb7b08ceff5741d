/** What the verbs by hand read of a person: options, namespaces, the configuration's file, the valid set. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { annotation, argsPair, podName } from '../../src/commands/by-hand/hand-options.ts';
import { hearInterrupts } from '../../src/commands/by-hand/interrupts.ts';
import { containerIdOf, namespacePath } from '../../src/commands/by-hand/namespace.ts';
import { callConfig, loadNodeFile, nodeFileNotes } from '../../src/commands/by-hand/node-file.ts';
import { choosePod, cniArgs } from '../../src/commands/by-hand/pod-choice.ts';
import { readValidSet, refuseBeginnings, validAttachment } from '../../src/commands/by-hand/valid-set.ts';
import { jsonObject } from '../../src/commands/json-option.ts';
import { failure } from '../samples/failure.ts';
import { scratchFolder } from '../samples/scratch.ts';

function fileWith(content: string | Buffer): string {
  const file = join(scratchFolder(), 'conf');
  writeFileSync(file, content);
  return file;
}

const LIST = {
  cniVersion: '1.0.0',
  name: 'node',
  plugins: [{ type: 'tuning' }, { type: 'braid', stateDir: '/s', capabilities: { portMappings: true, dns: false } }],
};
const CALL = { runtimeConfig: {}, annotations: undefined };

describe('a namespace', () => {
  test.each([
    ['new', undefined],
    ['blue', '/var/run/netns/blue'],
    ['/proc/7/ns/net', '/proc/7/ns/net'],
  ])('named %s is %s', (text, path) => expect(namespacePath(text)).toBe(path));

  test('has one container id, whichever way its path is written', () => {
    expect(containerIdOf('/run/netns/blue')).toBe('by-hand-blue');
    expect(containerIdOf('/var/run/netns/blue')).toBe('by-hand-blue');
    expect(containerIdOf('/run/netns/braid-hand-0a1b2c3d')).toBe('braid-hand-0a1b2c3d');
    expect(containerIdOf('/proc/7/ns/net')).toMatch(/^by-hand-[0-9a-f]{12}$/);
    expect(containerIdOf('/proc/7/ns/net')).not.toBe(containerIdOf('/proc/8/ns/net'));
    expect(containerIdOf('/run/netns/a b')).toMatch(/^by-hand-[0-9a-f]{12}$/);
  });
});

describe('the configuration of a call', () => {
  test('is our entry of the list with the name and version of the list, and what is declared of what is given', async () => {
    const node = await loadNodeFile(fileWith(JSON.stringify(LIST)));
    const call = { ...CALL, runtimeConfig: { portMappings: [], dns: {}, bandwidth: {} }, annotations: { cni: 'a' } };
    expect(callConfig(node, 'ADD', call)).toEqual({
      type: 'braid',
      stateDir: '/s',
      name: 'node',
      cniVersion: '1.0.0',
      capabilities: { portMappings: true, dns: false },
      runtimeConfig: { portMappings: [], 'io.kubernetes.cri.pod-annotations': { cni: 'a' } },
    });
    expect(nodeFileNotes(node, 'ADD', { runtimeConfig: call.runtimeConfig })).toEqual([
      expect.stringContaining('here only Braid runs, not tuning'),
      expect.stringContaining('declares no capability "dns"'),
      expect.stringContaining('declares no capability "bandwidth"'),
    ]);
  });

  test('of GC and STATUS has the version that knows them, and GC has its list by both of its names', async () => {
    const node = await loadNodeFile(fileWith(JSON.stringify(LIST)));
    const list = [{ containerID: 'c1', ifname: 'eth0' }];
    expect(
      callConfig(node, 'GC', { ...CALL, validAttachments: [{ containerId: 'c1', ifName: 'eth0' }] }),
    ).toMatchObject({
      cniVersion: '1.1.0',
      'cni.dev/valid-attachments': list,
      'cni.dev/attachments': list,
    });
    expect(callConfig(node, 'CHECK', CALL)['cniVersion']).toBe('1.0.0');
  });

  test.each([
    ['not UTF-8', Buffer.from([0xff, 0xfe, 0, 0x7b]), 'it is not valid JSON'],
    ['huge', ' '.repeat(3_000_000), 'it has 3000000 bytes'],
    ['of another plugin', '{"name":"a","type":"bridge"}', 'is no configuration of Braid: its plugins are "bridge"'],
    ['of a helper', '{"name":"a","type":"braid-netns"}', 'is no configuration of Braid: its plugins are "braid-netns"'],
    ['without a name', '{"type":"braid"}', 'it has no "name"'],
  ])('that is %s is refused', async (_how, content, message) => {
    expect(await failure(() => loadNodeFile(fileWith(content)))).toMatchObject({
      code: 7,
      message: expect.stringContaining(message),
      details: expect.stringContaining('--conf'),
    });
  });
});

describe('an interruption', () => {
  const every = (ms: number, from: number) => Array.from({ length: 50 }, (_, index) => from + ms * index);
  test.each([
    ['a key that is held, which repeats', [0, ...every(33, 700)], undefined],
    ['one on a slow console', [0, ...every(92, 250)], undefined],
    ['one that is let go and pressed again', [0, ...every(33, 500), 2500], 2500],
    ['a second word after a second', [0, 1000], 1000],
    ['one that comes too early, and one more', [0, 400, 1100], 1100],
  ])('of %s', (_how, times, secondAt) => {
    let now = 0;
    const hear = hearInterrupts(() => now);
    const words = times.map((at) => {
      now = at;
      return hear('SIGINT');
    });
    expect(words[0]).toBe('first');
    expect(times.filter((_, index) => words[index] === 'second')).toEqual(secondAt === undefined ? [] : [secondAt]);
  });

  test('by another signal is no second one, and a ^C after it is', () => {
    let now = 0;
    const hear = hearInterrupts(() => now);
    expect(hear('SIGTERM')).toBe('first');
    now = 2000;
    expect([hear('SIGTERM'), hear('SIGHUP'), hear('SIGINT')]).toEqual(['none', 'none', 'second']);
  });
});

describe('an option', () => {
  test.each([
    [() => annotation('=x'), 'It must be key=value.'],
    [() => podName('shop/web/1'), 'It must be namespace/name.'],
    [() => jsonObject('[1]'), 'It must be a JSON object, such as'],
    [() => jsonObject('{"a"'), 'It is not valid JSON: it ends too early at line 1, column 5.'],
    [() => validAttachment('c1'), 'It must be containerId:ifname.'],
  ])('that is wrong says what it must be', (read, message) => expect(read).toThrow(message));

  test('of annotations keeps what follows the first "=", and the last of one key', () => {
    expect(annotation('cni=b=c', annotation('cni=a'))).toEqual({ cni: 'b=c' });
  });

  test('of CNI_ARGS cannot bring in a second pair', () => {
    expect(cniArgs(undefined, 'c1', ['IP=10.0.0.1', 'X='])).toBe('IgnoreUnknown=1;IP=10.0.0.1;X=');
    for (const pair of ['IP', 'a=b;c=d']) expect(() => argsPair(pair)).toThrow('It must be key=value without ";".');
    expect(argsPair('X=', ['IP=10.0.0.1'])).toEqual(['IP=10.0.0.1', 'X=']);
  });
});

describe('the pod of manifests', () => {
  const chosen = async (...objects: object[]) => {
    const node = await loadNodeFile(fileWith(JSON.stringify(LIST)));
    return choosePod({ filename: ['-'] }, node, () => objects.map((object) => JSON.stringify(object)).join('\n---\n'));
  };
  const spec = { containers: [{ ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 81 }] }] };
  const metadata = { name: 'web', namespace: 'shop', uid: 'u1', annotations: { cni: 'a' } };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec };

  test('comes with what a runtime hands over of it, as far as that is declared', async () => {
    const { identity, annotations, runtimeConfig, cluster } = await chosen(pod);
    expect(identity).toEqual({ name: 'web', namespace: 'shop', uid: 'u1' });
    expect(annotations).toBeUndefined();
    expect(runtimeConfig).toEqual({ portMappings: [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] });
    const deadline = new AbortController().signal;
    expect(await cluster?.get('/api/v1/namespaces/shop/pods/web', deadline)).toMatchObject({ kind: 'ok' });
    expect(await cluster?.get('/api/v1/namespaces/shop', deadline)).toMatchObject({ kind: 'ok' });
  });

  test('may be the one that a workload would make', async () => {
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'api', namespace: 'shop' },
      spec: { template: { metadata: { annotations: { cni: 'a' } }, spec } },
    };
    expect((await chosen(deployment)).identity).toMatchObject({ name: 'api', namespace: 'shop' });
  });

  test('is refused where it lives in the network of the node', async () => {
    const onHost = { ...pod, spec: { hostNetwork: true } };
    expect((await failure(() => chosen(onHost))).message).toBe(
      'pod shop/web has "hostNetwork": it lives in the network of the node',
    );
  });
});

describe('a valid set', () => {
  const one = [{ containerId: 'c1', ifName: 'eth0' }];
  test.each([
    ['lines', '# kept\n\n c1:eth0  # the only one\n', one],
    ['the list of a runtime', '[{"containerID": "c1", "ifname": "eth0"}]', one],
    ['its whole configuration', '{"cni.dev/valid-attachments": [{"containerID": "c1", "ifname": "eth0"}]}', one],
    ['nothing, by a list that says so', '[]', []],
  ])('is read as %s', async (_form, text, expected) => {
    expect(await readValidSet('-', () => text)).toEqual(expected);
  });

  test.each([
    ['a line of another shape', 'c1:eth0\nc2 eth0\n', 'valid.txt:2: a line must be containerId:ifname'],
    ['half of a list', '[{"containerID"', 'it ends too early at line 1, column 16'],
    ['nothing at all', '# none\n\n', 'names no attachment: every pod of this node would lose its networks'],
    ['a configuration without a list', '{"type": "braid"}', 'GC needs the key "cni.dev/valid-attachments"'],
  ])('of %s is refused', async (_what, text, message) => {
    const file = join(scratchFolder(), 'valid.txt');
    writeFileSync(file, text);
    expect((await failure(() => readValidSet(file, () => ''))).message).toContain(message);
  });

  test('with the beginning of a recorded id is refused, for it would keep nobody', () => {
    const named = (containerId: string) => () =>
      refuseBeginnings([{ containerId, ifName: 'eth0' }], ['c10', 'other', 'c1']);
    expect(named('oth')).toThrow('"oth" is the beginning of container other, which would be freed');
    for (const id of ['c1', 'stranger']) expect(named(id)).not.toThrow();
  });
});
