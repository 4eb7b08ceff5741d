/** How the namespace helper is built and called, and what it refuses before it looks at a namespace. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spawnDelegates } from '../../src/execute/spawn-delegate.ts';
import { parseNamespaceFacts } from '../../src/schema/namespace-facts.ts';
import { createHelperScene, defaultRoutes, type HelperScene, SANITIZED, SHIPPED } from '../harness/netns-helper.ts';
import type { PodNetns } from '../harness/pod-netns.ts';
import { describeReal } from '../harness/real-requirements.ts';

describe.each([SHIPPED, SANITIZED])('$name', (build) => {
  describeReal('the namespace helper', build.ability, () => {
    let scene: HelperScene;
    let untouched: PodNetns;
    beforeAll(async () => {
      scene = await createHelperScene(build);
      untouched = await scene.twoNetworks('route add default via 10.2.0.1');
    });
    afterAll(() => scene.dispose());

    describe('refuses before it looks at anything', () => {
      test.each([
        ['an unknown command', 'none4 eth0'],
        ['a command in capitals', 'DEFAULT4 eth0'],
        ['no interface', 'default4'],
        ['no gateway', 'default eth0'],
        ['a word too many', 'default4 eth0 10.1.0.1'],
        ['many words too many', 'default eth0 10.1.0.1 metric 7 x y z'],
        ['spaces only', '   '],
        ['a tab', 'default4\teth0'],
        ['a carriage return', 'default4 eth0\r\n'],
        ['a NUL', 'default4 eth0\0'],
        ['a slash in a name', 'default4 a/b'],
        ['a control character in a name', 'default4 a\u0001'],
        ['a name of 16 bytes', 'default4 abcdefghijklmnop'],
        ['a name of dots', 'default4 ..'],
        ['a gateway that is no address', 'default eth0 router'],
        ['a gateway with prefix length', 'default eth0 10.1.0.1/24'],
        ['a gateway with zone', 'default eth0 fe80::1%eth0'],
        ['the gateway 0.0.0.0', 'default eth0 0.0.0.0'],
        ['the gateway ::', 'default eth0 ::'],
        ['two commands for IPv4', 'default4 eth0\ndefault eth0 10.1.0.1'],
        ['two commands for IPv6', 'default eth0 fd00:1::1\ndefault6 eth0'],
        ['three commands', 'default6 eth0\ndefault4 eth0\ndefault6 eth0'],
        ['a good command before a bad one', 'default4 eth0\nnonsense'],
        ['a line of 300 bytes', `default4 ${'x'.repeat(300)}`],
      ])('%s', async (_what, stdin) => {
        const failure = await scene.failure({ netns: untouched.path, stdin });
        expect(failure).toMatchObject({ code: 4, msg: expect.stringMatching(/^bad command: /) });
        expect(await defaultRoutes(untouched, '4')).toEqual(['default via 10.2.0.1 dev eth1']);
        // The namespace is not even opened.
        expect((await scene.failure({ netns: '/nowhere', stdin })).code).toBe(4);
      });

      test('an error does not say what stood on stdin: taken for a plugin, the helper gets a configuration', async () => {
        const failure = await scene.failure({ netns: '/nowhere', stdin: '{"type":"braid-netns","token":"s3cret"}' });
        expect(failure).toMatchObject({ code: 4, msg: expect.stringMatching(/^bad command: /) });
        expect(JSON.stringify(failure)).not.toContain('s3cret');
      });

      test('more than 64 KiB on stdin, though it were empty lines', async () => {
        const pod = await scene.pod();
        const stdin = '\n'.repeat(64 * 1024);
        await scene.facts({ netns: pod.path, stdin });
        const failure = await scene.failure({ netns: pod.path, stdin: `${stdin}\n` });
        expect(failure).toMatchObject({ code: 4, msg: 'more than 65536 bytes on stdin' });
      });

      test.each([
        ['no CNI_NETNS', {}],
        ['an empty CNI_NETNS', { netns: '' }],
      ])('%s', async (_what, call) => {
        expect(await scene.failure(call)).toMatchObject({ code: 4, msg: 'CNI_NETNS is not set' });
      });
    });

    describe('a path that is no network namespace has code 8', () => {
      test.each([
        ['nothing', '/run/netns/nowhere', 'No such file'],
        ['a regular file', '/etc/passwd', 'is no network namespace'],
        ['a folder', '/run/netns', 'is no network namespace'],
        ['another kind of namespace', '/proc/self/ns/mnt', 'is no network namespace'],
      ])('%s', async (_what, netns, msg) => {
        expect(await scene.failure({ netns })).toMatchObject({ code: 8, msg: expect.stringContaining(msg) });
      });

      test('a named pipe, without waiting for its other end', async () => {
        const netns = join(scene.node.dir, 'pipe');
        await scene.node.exec(['mkfifo', netns]);
        expect(await scene.failure({ netns })).toMatchObject({ code: 8 });
      });

      test('a namespace that is gone, its file left behind', async () => {
        const pod = await scene.pod();
        await scene.node.exec(['umount', pod.path]);
        expect(await scene.failure({ netns: pod.path })).toMatchObject({ code: 8 });
      });
    });

    test('without privilege it says so', async () => {
      const pod = await scene.twoNetworks();
      const through = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
      const failure = await scene.failure({ netns: pod.path, through });
      expect(failure).toMatchObject({ code: 5, msg: expect.stringContaining('entering network namespace') });
    });

    test('inside a pod that may not change its network, a command says so', async () => {
      const pod = await scene.twoNetworks('route add default via 10.2.0.1');
      const through = [
        'ip',
        'netns',
        'exec',
        pod.name,
        'setpriv',
        '--inh-caps=-net_admin',
        '--bounding-set=-net_admin',
      ];
      const failure = await scene.failure({ netns: '/proc/self/ns/net', stdin: 'default eth0 10.1.0.1', through });
      expect(failure).toMatchObject({ code: 5, msg: expect.stringContaining('default route dev eth0 via 10.1.0.1: ') });
      expect(await defaultRoutes(pod, '4')).toEqual(['default via 10.2.0.1 dev eth1']);
    });

    test('by hand, path and commands are arguments and stdin is not read', async () => {
      const pod = await scene.twoNetworks('route add default via 10.2.0.1');
      const call = { args: [pod.path, 'default eth0 10.1.0.1', 'default6 eth0'], stdin: 'nonsense' };
      const facts = await scene.facts(call);
      expect(facts.routes).toContainEqual(expect.objectContaining({ dst: '0.0.0.0/0', dev: 'eth0' }));
      expect(await scene.failure({ args: [pod.path, 'nonsense'] })).toMatchObject({ code: 4 });
      // As a plugin it has no arguments.
      expect(await scene.failure({ ...call, env: { CNI_COMMAND: 'ADD' } })).toMatchObject({ code: 4 });
    });

    test('through the port that runs delegates', async () => {
      const pod = await scene.twoNetworks('route add default via 10.2.0.1');
      const run = spawnDelegates({ inherited: { CNI_COMMAND: 'ADD' }, forwardStderr: () => undefined });
      const { end, stdout, stderr } = await run({
        path: scene.binary,
        variables: { CNI_NETNS: pod.hostPath },
        stdin: 'default eth0 10.1.0.1\n',
        timeoutMs: 60_000,
        signal: new AbortController().signal,
      });
      expect([end, stderr]).toEqual([{ kind: 'exited', status: 0 }, '']);
      expect(parseNamespaceFacts(stdout).routes).toContainEqual(
        expect.objectContaining({ dst: '0.0.0.0/0', dev: 'eth0', gateway: '10.1.0.1' }),
      );
    });
  });
});

describeReal('the namespace helper as shipped', SHIPPED.ability, () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'braid-netns-build-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const script = resolve(import.meta.dirname, '../../src/native/build.sh');

  test('is one small file that needs no library', () => {
    const path = join(folder, 'new/folder/braid-netns');
    SHIPPED.build(path);
    expect(statSync(path).size).toBeLessThan(100_000);
    expect(statSync(path).mode & 0o777).toBe(0o755);
    // An ELF program that needs a loader names it.
    expect(readFileSync(path).includes('/ld-')).toBe(false);
    expect(readdirSync(join(folder, 'new/folder'))).toEqual(['braid-netns']);
  });

  test('is not built without musl-gcc, which is an error only where all must be real', () => {
    for (const tool of ['sh', 'dirname']) symlinkSync(`/bin/${tool}`, join(folder, tool));
    const build = (required: string) =>
      spawnSync('/bin/sh', [script, 'netns', join(folder, 'none')], {
        encoding: 'utf8',
        env: { PATH: folder, BRAID_REQUIRE_REAL: required },
      });
    const stderr = 'braid-netns is not built: musl-gcc is missing (Debian: musl-tools)\n';
    expect(build('')).toMatchObject({ status: 0, stdout: '', stderr });
    expect(build('1')).toMatchObject({ status: 1, stdout: '', stderr });
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
