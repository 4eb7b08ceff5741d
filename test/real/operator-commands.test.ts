/** The verbs by hand on real plugins and in real namespaces, `new` ones too: what they make, and that nothing of it is left. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMPILED } from '../harness/braid-call.ts';
import { describeReal, hasRealNetworking } from '../harness/real-requirements.ts';
import { createRealScene, type RealScene } from '../harness/real-scene.ts';

describeReal('the verbs by hand on real plugins', hasRealNetworking(), () => {
  let scene: RealScene;
  let conf: string;
  beforeEach(async () => {
    scene = await createRealScene('by-hand');
    const { confDir, stateDir, dir } = scene.braid;
    conf = join(dir, '00-braid.conflist');
    const braid = { type: 'braid', confDir, stateDir, defaultPlugin: 'front' };
    writeFileSync(conf, JSON.stringify({ cniVersion: '1.0.0', name: 'braid', plugins: [braid] }));
  });
  afterEach(() => scene.dispose());

  const braid = (...args: string[]) =>
    scene.node.exec([...COMPILED.command, ...args, '--conf', conf, '--plugin-dir', scene.braid.binDir]);
  const namespaces = async () => (await scene.node.exec(['ip', 'netns', 'list'])).stdout.trim();

  test('a fresh namespace is made, attached, checked, looked at, and goes with its attachments', async () => {
    const before = await scene.node.snapshot();
    const add = await braid('add', '--netns', 'new', '-a', 'cni=front,storage@san0');
    expect([add.code, add.stderr]).toEqual([0, '']);
    expect(add.stdout).toMatch(/ eth0 +front +\S+ +10\.88\.1\.2\/24 +10\.88\.1\.1 /);
    expect(add.stdout).toMatch(/ san0 +storage +\S+ +10\.88\.2\.2\/24 /);
    const [, id = ''] = /Container (braid-hand-[0-9a-f]{8}) has 2 networks/.exec(add.stdout) ?? [];
    expect(await namespaces()).toMatch(new RegExp(`^${id}\\b`));
    const other = await braid('add', '--netns', id, '--container-id', 'other');
    expect([other.code, other.stderr.split('\n')[0]]).toEqual([
      1,
      expect.stringContaining('has an interface eth0 already'),
    ]);
    // What another configuration's journal does not know may be attached all the same.
    const stranger = join(scene.braid.dir, 'other.conflist');
    const keys = { type: 'braid', stateDir: join(scene.braid.dir, 'other') };
    writeFileSync(stranger, JSON.stringify({ cniVersion: '1.0.0', name: 'other', plugins: [keys] }));
    const nothing = await scene.node.exec([...COMPILED.command, 'del', '--netns', id, '--conf', stranger]);
    expect([nothing.code, nothing.stdout]).toEqual([
      0,
      `Nothing is recorded for container ${id} and eth0; nothing was deleted. The namespace stays, for another journal may know of it: ip netns delete ${id}\n`,
    ]);
    const check = await braid('check', '--netns', id);
    expect([check.code, check.stderr]).toEqual([0, '']);
    await scene.node.exec(['ip', '-n', id, 'link', 'delete', 'san0']);
    const broken = await braid('check', '--netns', id);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('network "storage" (san0)');
    const second = await braid('add', '--netns', id, '--ifname', 'eth7', '--container-id', id, '-a', 'cni=dual');
    expect([second.code, second.stderr]).toEqual([0, '']);
    expect((await braid('del', '--netns', id)).code).toBe(0);
    // Its other interface is still recorded there.
    expect(await namespaces()).toContain(id);
    const del = await braid('del', '--netns', id, '--ifname', 'eth7');
    expect(del.stdout).toContain(`The namespace /var/run/netns/${id} is gone.`);
    expect(await namespaces()).toBe('');
    await scene.node.exec(['sh', '-c', 'ip link delete br-front; ip link delete br-dual']);
    expect(await scene.node.leftSince(before)).toEqual([]);
  });

  test('^C while a plugin hangs takes back the networks and the namespace', async () => {
    scene.scripted('stuck', { ADD: { hang: true } });
    const before = await scene.node.snapshot();
    // As a terminal does: job control gives the command a process group, and all of that group gets the signal.
    const script = `set -m; "$@" & add=$!
      until grep -q '"ADD"' ${scene.braid.binDir}/calls.jsonl 2>/dev/null; do sleep 0.02; done
      ip netns list; kill -INT -- -$add; wait $add; echo "status $?"`;
    const add = [...COMPILED.command, 'add', '--netns', 'new', '-a', 'cni=storage,stuck', '--conf', conf];
    const { stdout, stderr } = await scene.node.exec(
      ['bash', '-c', script, 'bash', ...add, '--plugin-dir', scene.braid.binDir],
      { timeoutMs: 20_000 },
    );
    expect(stdout).toMatch(/^braid-hand-[0-9a-f]{8}/);
    expect(stdout).toMatch(/DEL +storage +eth0 +ptp .* ok\n[\s\S]*status 130\n$/);
    expect(stderr).toContain('was stopped: Braid got SIGINT (code 11)');
    expect(await namespaces()).toBe('');
    expect(scene.braid.records()).toEqual([]);
    expect(await scene.node.leftSince(before)).toEqual([]);
  });
});
