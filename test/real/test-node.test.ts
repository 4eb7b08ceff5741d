/** The test node itself: it keeps to itself, its leftover check can fail, and it leaves nothing on the machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { pollUntil } from '../harness/poll-until.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { cniBinDir } from '../harness/reference-plugins.ts';
import { createTestNode, type TestNode } from '../harness/test-node.ts';

const bridgeConfig = JSON.stringify({
  cniVersion: '1.0.0',
  name: 'pods',
  type: 'bridge',
  bridge: 'cni0',
  isGateway: true,
  ipMasq: true,
  ipam: { type: 'host-local', subnet: '10.89.0.0/24', routes: [{ dst: '0.0.0.0/0' }] },
});

/** Where a control group can be made: in one of version 1's hierarchies, or in version 2's only one. */
const cgroupRoot = existsSync('/sys/fs/cgroup/pids') ? '/sys/fs/cgroup/pids' : '/sys/fs/cgroup';

/** The machine's pids of all processes in the PID namespace of `holderPid`. */
function pidsInNode(holderPid: number): string[] {
  const namespaceOf = (pid: number | string): string | undefined => {
    try {
      return readlinkSync(`/proc/${pid}/ns/pid`);
    } catch {
      // It ended while we looked.
      return undefined;
    }
  };
  const wanted = namespaceOf(holderPid);
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && namespaceOf(entry) === wanted);
}

describeReal('a test node', hasRealNetworking(), () => {
  let node: TestNode;

  beforeEach(async () => {
    node = await createTestNode('alone');
  });

  afterEach(() => node.dispose());

  /** Waits until exactly these programs run in the node; a forked child is there before its exec. */
  const running = (...commands: string[]) =>
    pollUntil(
      async () => {
        const found = (await node.processes()).map((each) => each.command);
        return found.join('; ') === commands.join('; ') ? true : undefined;
      },
      { withinMs: 5000, what: `nothing but these to run: ${commands.join('; ')}` },
    );

  const bridge = (command: string, containerId: string, netns: string) =>
    node.exec([join(cniBinDir(), 'bridge')], {
      stdin: bridgeConfig,
      env: {
        CNI_COMMAND: command,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: netns,
        CNI_IFNAME: 'eth0',
        CNI_PATH: cniBinDir(),
      },
    });

  it('starts empty but for loopback, with its own host name', async () => {
    const empty = await node.snapshot();
    expect(empty.links).toEqual(['lo (device)']);
    expect({ ...empty, links: [], mountPoints: [] }).toEqual({
      links: [],
      rules: [],
      files: [],
      netnsNames: [],
      mountPoints: [],
      cgroups: [],
      processes: [],
    });
    expect((await node.exec(['uname', '-n'])).stdout).toBe('alone\n');
    expect((await node.exec(['ip', 'link', 'show', 'lo', 'up'])).stdout).toContain('LOOPBACK');
    expect((await node.exec(['ls', '/sys/class/net'])).stdout).toBe('lo\n');
  });

  it('does not see another node, nor the machine see either', async () => {
    const other = await createTestNode('alone');
    try {
      const pod = await node.createPodNetns('pod');
      expect((await bridge('ADD', 'c1', pod.path)).code).toBe(0);
      await node.exec(['sh', '-c', 'echo x >/run/marker; echo y >/var/lib/cni/marker']);
      const seen = await other.snapshot();
      expect(seen.links).toEqual(['lo (device)']);
      expect([...seen.rules, ...seen.netnsNames, ...seen.files, ...seen.processes]).toEqual([]);
      expect((await other.exec(['ls', '/run/marker'])).code).not.toBe(0);
      expect(existsSync('/run/marker') || existsSync('/var/lib/cni/marker') || existsSync('/run/netns/pod')).toBe(
        false,
      );
      expect(existsSync('/sys/class/net/cni0')).toBe(false);
    } finally {
      await other.dispose();
    }
  });

  it('runs twenty programs at once', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, index) => node.exec(['sh', '-c', `cat; exit ${index}`], { stdin: `in ${index}` })),
    );
    expect(results.map(({ code, stdout }) => [code, stdout])).toEqual(
      results.map((_, index) => [index, `in ${index}`]),
    );
  });

  it('gives a program the named environment only, and PATH', async () => {
    const { stdout } = await node.exec(['env'], { env: { CNI_COMMAND: 'ADD' } });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=')[0])
        .sort(),
    ).toEqual(['CNI_COMMAND', 'PATH']);
    expect((await node.exec(['/usr/bin/env'], { env: { PATH: '/nowhere' } })).stdout).toBe('PATH=/nowhere\n');
  });

  it('ends a program that overstays its deadline, with its children', async () => {
    const result = await node.exec(['sh', '-c', 'sleep 600 & sleep 600'], { timeoutMs: 200 });
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    await running();
  });

  it('lets a test send a program any signal', async () => {
    const killed = node.spawn(['sh', '-c', 'echo up; exec sleep 600']);
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL']);

    const told = node.spawn(['sh', '-c', 'trap "exit 7" TERM; echo up; while :; do sleep 0.05; done']);
    await once(told.stdout, 'data');
    told.kill('SIGTERM');
    expect(await once(told, 'exit')).toEqual([7, null]);
    await running();
  });

  it('lets a test kill a program alone, or with its children', async () => {
    const alone = node.spawn(['sh', '-c', 'sleep 600 & echo up; wait']);
    await once(alone.stdout, 'data');
    alone.kill('SIGKILL');
    await once(alone, 'exit');
    await running('sleep 600');

    const together = node.spawn(['sh', '-c', 'sleep 605 & echo up; wait']);
    await once(together.stdout, 'data');
    node.killGroup(together);
    await once(together, 'exit');
    await running('sleep 600');
  });

  it('reads back what a plugin made in a pod', async () => {
    const before = await node.snapshot();
    const pod = await node.createPodNetns('pod');
    expect((await bridge('ADD', 'c1', pod.path)).code).toBe(0);
    expect(await pod.addresses('eth0')).toEqual(['10.89.0.2/24']);
    expect(await pod.routes()).toContainEqual({ dst: 'default', gateway: '10.89.0.1', dev: 'eth0' });
    expect((await pod.links()).find((link) => link.name === 'eth0')).toMatchObject({
      kind: 'veth',
      mtuBytes: 1500,
      isUp: true,
    });
    expect((await pod.exec(['ping', '-c', '1', '-W', '2', '10.89.0.1'])).code).toBe(0);
    expect(existsSync(pod.hostPath)).toBe(true);
    expect((await bridge('DEL', 'c1', pod.path)).code).toBe(0);
    await pod.remove();
    expect(await node.leftSince(before)).toEqual([]);
  });

  it('finds each kind of thing left behind', async () => {
    const before = await node.snapshot();
    const pod = await node.createPodNetns('pod');
    expect((await bridge('ADD', 'c1', pod.path)).code).toBe(0);
    await node.exec([
      'sh',
      '-c',
      'mkdir /run/left && mount -t tmpfs tmpfs /run/left; setsid sleep 601 >/dev/null 2>&1 &',
    ]);
    await node.exec(['mkdir', '-p', `${cgroupRoot}/${node.cgroup}/left`]);
    await running('sleep 601');
    const left = await node.leftSince(before, { withinMs: 0 });
    expect(left).toEqual([
      expect.stringMatching(/^link: veth\w+ \(veth\)$/),
      expect.stringMatching(/^rule: iptables nat chain CNI-\w{24}$/),
      expect.stringMatching(/^rule: iptables nat -A POSTROUTING -s 10.89.0.2\/32 .* -j CNI-\w{24}$/),
      expect.stringMatching(/^rule: iptables nat -A CNI-\w{24} -d 10.89.0.0\/24 .* -j ACCEPT$/),
      expect.stringMatching(/^rule: iptables nat -A CNI-\w{24} ! -d 224.0.0.0\/4 .* -j MASQUERADE$/),
      'file: /var/lib/cni/networks/pods/10.89.0.2',
      'network namespace: pod',
      'mount: /run/left',
      'mount: /run/netns/pod',
      expect.stringMatching(/^control group: \/sys\/fs\/cgroup\/.*braid-test-\w+\/left$/),
      expect.stringMatching(/^process: \d+ sleep 601$/),
    ]);
  });

  it('leaves nothing on the machine when disposed of, daemons and busy namespaces included', async () => {
    const pod = await node.createPodNetns('pod');
    await node.exec(['sh', '-c', 'setsid sleep 602 >/dev/null 2>&1 &']);
    await node.exec(['ip', 'netns', 'exec', 'pod', 'sh', '-c', 'setsid sleep 603 >/dev/null 2>&1 &']);
    await node.exec(['mkdir', '-p', `${cgroupRoot}/${node.cgroup}/x`]);
    await running('sleep 602', 'sleep 603');
    const pids = pidsInNode(node.holderPid);
    expect(pids.length).toBe(4);
    await node.dispose();
    await node.dispose();
    // With its last process and no mount of it elsewhere, a namespace is gone. (Its number is no proof: it is reused.)
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(pod.hostPath) || existsSync(node.dir) || existsSync(`${cgroupRoot}/${node.cgroup}`)).toBe(false);
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
    expect(mounts.split('\n').filter((line) => line.includes(node.dir) || line.includes('/run/netns/pod '))).toEqual(
      [],
    );
  });

  it('goes away with a test process that is killed', async () => {
    const script = join(node.dir, 'victim.ts');
    const harness = join(import.meta.dirname, '../harness/test-node.ts');
    await writeFile(
      script,
      `
      import { createTestNode } from ${JSON.stringify(harness)};
      const victim = await createTestNode('victim');
      await victim.exec(['sh', '-c', 'setsid sleep 604 >/dev/null 2>&1 &']);
      console.log(JSON.stringify({ dir: victim.dir, pid: victim.holderPid }));
      setInterval(() => undefined, 1000);
    `,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { dir, pid } = JSON.parse(line.toString()) as { dir: string; pid: number };
    const pids = pidsInNode(pid);
    expect(existsSync(dir)).toBe(true);
    expect(pids.length).toBe(3);
    child.kill('SIGKILL');
    await pollUntil(() => (existsSync(dir) || pids.some((each) => existsSync(`/proc/${each}`)) ? undefined : true), {
      withinMs: 10_000,
      what: 'the node of the killed process to go',
    });
  }, 30_000);
});
