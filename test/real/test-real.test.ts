/** `braid test --real`: the product's own fixtures on real plugins, what leaks, how it ends; and that nothing of it stays. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED } from '../harness/braid-call.ts';
import type { NodeSnapshot } from '../harness/node-snapshot.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { cniBinDir } from '../harness/reference-plugins.ts';
import { systemPath } from '../harness/system-path.ts';
import { createTestNode, type TestNode } from '../harness/test-node.ts';
import { sampleBundle, sampleCall } from '../recording/sample-bundle.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures');
const FRONT = { type: 'bridge', ipam: { type: 'host-local', subnet: '10.1.0.0/24' } };

/** A plugin whose DEL says that all is well, and does nothing. */
const LEAKY = `#!/bin/sh
set -eu
case $CNI_COMMAND in
  ADD) ip link add near0 type veth peer name far0
    ip link set near0 netns "$CNI_NETNS" name "$CNI_IFNAME"
    mkdir -p /var/lib/cni/networks/front
    printf '%s\\r\\n%s' "$CNI_CONTAINERID" "$CNI_IFNAME" >/var/lib/cni/networks/front/10.9.9.9
    echo '{"cniVersion": "1.0.0"}' ;;
  DEL) ;;
esac
`;

describeReal('fixtures on real plugins', hasRealNetworking(), () => {
  let node: TestNode;
  let tmp: string;
  let before: NodeSnapshot;
  beforeEach(async () => {
    node = await createTestNode('test-real');
    tmp = join(node.dir, 'tmp');
    mkdirSync(tmp);
    before = await node.snapshot();
  });
  afterEach(() => node.dispose());

  const command = (...args: readonly string[]) => [...COMPILED.command, 'test', '--real', ...args];
  const env = () => ({ PATH: systemPath(), TMPDIR: tmp });
  const braid = (...args: readonly string[]) => node.exec(command(...args), { env: env() });
  /** Bridges and the plugins' static rules, too, which a node may keep: they were made elsewhere. */
  const machine = ({ links, rules, files }: NodeSnapshot) => ({ links, rules, files });
  async function expectNothingLeft(): Promise<void> {
    expect(machine(await node.snapshot())).toEqual(machine(before));
    expect({ onNode: await node.leftSince(before), inTmp: readdirSync(tmp) }).toEqual({ onNode: [], inTmp: [] });
  }

  function fixtureOf(rest: object, plugins: readonly object[] = [FRONT]): string {
    const file = join(node.dir, 'x.yaml');
    const files = { '/etc/cni/net.d/10-front.conflist': { cniVersion: '1.0.0', name: 'front', plugins } };
    const request = { annotations: { cni: 'front' } };
    writeFileSync(file, JSON.stringify({ version: 1, title: 'x', node: { files }, request, ...rest }));
    return file;
  }

  test('those of the product pass, some of the tutorial too, and nothing stays', async () => {
    const tutorial = ['01-one-bridge', '35-one-address-twice', '41-killed-in-del', '70-calico-and-macvlan'];
    const files = tutorial.map((name) => join(fixtures, 'tutorial', `${name}.yaml`));
    const { code, stdout, stderr } = await braid(join(fixtures, 'real'), ...files);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^- Calico with a macvlan network beside it\n {2}skipped: calico is not installed in \S.*\n11 passed, 1 skipped in/,
    );
    await expectNothingLeft();
  });

  test('what is otherwise than expected is shown in the terms of the fixture', async () => {
    const file = fixtureOf({
      delegates: { bridge: 'real' },
      steps: [{ verb: 'ADD', expect: { result: { ips: [{ address: '10.1.0.9/24' }] } } }, { verb: 'DEL' }],
    });
    const { code, stdout } = await braid(file);
    expect([code, stdout.split('\n').slice(0, 7)]).toEqual([
      1,
      [
        '✗ x',
        `  ${file}:1 step 1, ADD:`,
        '     result:',
        '       ips:',
        '    -    - address: 10.1.0.9/24',
        '    +    - address: 10.1.0.2/24',
        '      (1 step after this one not run)',
      ],
    ]);
    await expectNothingLeft();
  });

  test('a recorded ADD is replayed against the plugins of this machine, and compared', async () => {
    const bundle = join(node.dir, 'bundle.json');
    const conf = { cniVersion: '1.0.0', name: 'front', plugins: [FRONT] };
    const result = { cniVersion: '1.0.0', interfaces: [{ name: 'br' }], ips: [{ address: '10.1.0.7/24' }] };
    const call = sampleCall({
      variables: {
        CNI_COMMAND: 'ADD',
        CNI_CONTAINERID: 'c1',
        CNI_NETNS: '/run/netns/c1',
        CNI_IFNAME: 'eth0',
        CNI_ARGS: '',
        CNI_PATH: '/opt/cni/bin',
      },
      stdin: { ...FRONT, name: 'front', cniVersion: '1.0.0' },
      stdout: result,
    });
    const recorded = sampleBundle({
      delegates: [call],
      files: { '/etc/cni/net.d/10-front.conflist': JSON.stringify(conf) },
      after: { 'c1/eth0': ['front eth0 added'] },
      answer: { exitCode: 0, stdout: result },
    });
    writeFileSync(bundle, JSON.stringify(recorded));
    const replay = (...args: readonly string[]) =>
      node.exec([...COMPILED.command, 'replay', bundle, ...args], { env: env() });
    // Which address and which names a plugin gives is its own business.
    expect(await replay('--real')).toMatchObject({ code: 0, stdout: expect.stringContaining('1 as recorded') });
    recorded.delegates = [sampleCall({ ...call, variables: { ...call.variables, CNI_IFNAME: 'eth9' } })];
    writeFileSync(bundle, JSON.stringify(recorded));
    const { code, stdout } = await replay('--real', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([
      1,
      { same: 0, different: 1, bundles: [{ differences: [{ part: 'calls' }] }] },
    ]);
    await expectNothingLeft();
  });

  test('a bundle of somebody who means harm writes nothing on this machine', async () => {
    const dir = join(node.dir, 'plugins');
    mkdirSync(dir);
    const harm = [
      '#!/bin/sh',
      `for place in /dev/shm /dev ${node.dir} /proc/sys/kernel; do echo harmed >"$place/domainname"; done 2>/dev/null`,
      'hostname harmed',
      'echo 1 >/proc/sys/net/ipv4/ip_forward || exit 1',
      `echo '{"cniVersion":"1.0.0"}'`,
    ].join('\n');
    writeFileSync(join(dir, 'harm'), harm);
    chmodSync(join(dir, 'harm'), 0o755);
    const file = join(node.dir, 'bundle.json');
    const conf = { cniVersion: '1.0.0', name: 'front', plugins: [{ type: 'harm' }] };
    const host = hostname();
    const replay = async (netns: string) => {
      const files = { '/etc/cni/net.d/10-front.conflist': JSON.stringify(conf) };
      const bundle = sampleBundle({ files, answer: { exitCode: 0, stdout: { cniVersion: '1.0.0' } } });
      bundle.request.variables['CNI_NETNS'] = netns;
      writeFileSync(file, JSON.stringify(bundle));
      const args = ['replay', file, '--plugin-dir', dir, '--plugin-dir', cniBinDir(), '--json'];
      return JSON.parse((await node.exec([...COMPILED.command, ...args], { env: env() })).stdout).bundles[0];
    };
    const { differences } = await replay('/run/netns/c1');
    expect(differences.map(({ part }: { part: string }) => part)).toEqual(['calls', 'journal']);
    expect((await replay('/run/plugins/0/harm')).skipped).toContain('the node of namespaces failed: ');
    await replay(`/run/..${file}`);
    expect(readFileSync(join(dir, 'harm'), 'utf8')).toBe(harm);
    expect(statSync(file).size).toBeGreaterThan(0);
    expect([hostname(), existsSync('/dev/shm/domainname'), existsSync('/dev/domainname')]).toEqual([
      host,
      false,
      false,
    ]);
    expect(readdirSync(node.dir)).not.toContain('domainname');
    await expectNothingLeft();
  });

  test('what a plugin leaves fails the step, though nothing is said of it', async () => {
    const dir = join(node.dir, 'plugins');
    mkdirSync(dir);
    writeFileSync(join(dir, 'leaky'), LEAKY);
    chmodSync(join(dir, 'leaky'), 0o755);
    const steps = [{ verb: 'ADD', expect: { left: ['c1/eth0 leaky'] } }, { verb: 'DEL' }];
    const file = fixtureOf({ delegates: { leaky: 'real' }, steps }, [{ type: 'leaky' }]);
    const { code, stdout } = await braid(file, '--plugin-dir', dir, '--plugin-dir', cniBinDir(), '--json');
    expect([code, JSON.parse(stdout).fixtures]).toMatchObject([1, [{ failed: { verb: 'DEL' } }]]);
    expect(JSON.parse(stdout).fixtures[0].failed.differences).toEqual([
      {
        part: 'left',
        expected: [],
        seen: [
          'interface eth0 in /run/netns/c1',
          'interface far0 of the node',
          'address 10.9.9.9 of network front, leased to c1/eth0',
        ],
      },
    ]);
    await expectNothingLeft();
  });

  test.each([
    ['SIGINT', 130],
    ['SIGHUP', 130],
    ['SIGKILL', null],
  ] as const)('%s in the middle leaves nothing', async (signal, status) => {
    const delegates = { bridge: 'real', tuning: { ADD: { hang: true } } };
    const child = node.spawn(command(fixtureOf({ delegates, steps: [{ verb: 'ADD' }] }, [FRONT, { type: 'tuning' }])), {
      env: env(),
    });
    const ended = new Promise((done) => child.once('close', done));
    const within = { withinMs: 20_000, what: 'the lease of the bridge, then its end' };
    const isThere = () => readdirSync(tmp, { recursive: true }).some((path) => String(path).endsWith('/10.1.0.2'));
    await pollUntil(() => (isThere() ? true : undefined), within);
    child.kill(signal);
    const code = await ended;
    if (status !== null) expect(code).toBe(status);
    // Who is killed clears nothing away: the node notices by itself.
    await pollUntil(() => (readdirSync(tmp).length === 0 ? true : undefined), within);
    await pollUntil(async () => ((await node.leftSince(before)).length === 0 ? true : undefined), within);
    await expectNothingLeft();
  });
});
