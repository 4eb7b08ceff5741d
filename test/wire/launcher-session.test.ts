/** A call that the launcher serves with an agent: what it tells, what it runs, what it prints. */
import { spawn, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FakeAgent } from '../doubles/fake-agent.ts';
import { describeLauncher } from '../harness/launcher.ts';
import { pollUntil } from '../harness/poll-until.ts';

const MAX_CONTENT = 8 << 20;

/** Variables as the kernel keeps them, one character a byte. */
function entries(environ: Buffer): string[] {
  return environ.toString('latin1').split('\0').slice(0, -1);
}

describeLauncher('the launcher with an agent', (at) => {
  test('hands the request over, runs what it is told, and prints the answer', async () => {
    const path = at.scene.delegate('bridge', 'cat', 'echo noise >&2', 'exit 3');
    const result = await at.scene.call({
      stdin: '{"name":"n"}',
      agent: async (launcher) => {
        const request = await launcher.greet();
        expect(request.stdin.toString()).toBe('{"name":"n"}');
        const run = await launcher.run({ path, stdin: '{"type":"bridge"}' });
        expect(run).toMatchObject({ end: 'exited', value: 3 });
        expect([run.stdout.toString(), run.stderr.toString()]).toEqual(['{"type":"bridge"}', 'noise\n']);
        expect(run.durationUs).toBeGreaterThan(0);
        expect(run.maxRssKib).toBeGreaterThan(0);
        launcher.done('{"code":7}\n', 7);
        await launcher.gone();
      },
    });
    expect(result).toMatchObject({ code: 7, stdout: '{"code":7}\n', stderr: 'noise\n' });
  });

  test('runs several delegates one after the other', async () => {
    const first = at.scene.delegate('bridge', 'echo "bridge $CNI_IFNAME" >> calls', 'cat');
    const second = at.scene.delegate('tuning', 'echo "tuning $CNI_IFNAME" >> calls', 'cat');
    const result = await at.scene.call({
      agent: async (launcher) => {
        await launcher.greet();
        for (const [index, path] of [first, second, first].entries()) {
          const run = await launcher.run({ path, stdin: `${index}`, variables: { CNI_IFNAME: `net${index}` } });
          expect(run.stdout.toString()).toBe(`${index}`);
        }
        launcher.done();
      },
    });
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(at.scene.read('calls')).toBe('bridge net0\ntuning net1\nbridge net2\n');
  });

  test('P3, R23: tells the agent the variables of the call and of the trace, and no others', async () => {
    const call = { CNI_ARGS: 'A=1;B=é', CNI_NETNS_OVERRIDE: 'true', CNI_NEW: 'x', TRACEPARENT: '00-1', BAGGAGE: 'k=v' };
    const others = { TRACEPARENTS: 'no', CNI: 'no', KUBECONFIG: 'no', MY_CNI_ARGS: 'no' };
    await at.scene.call({
      env: { ...call, ...others },
      agent: async (launcher) => {
        const { BRAID_AGENT_SOCKET: _, PATH: __, ...own } = at.scene.variables;
        expect((await launcher.greet()).variables).toEqual({ ...own, ...call });
        launcher.done();
      },
    });
  });

  test.each([
    ['absent', '/run/netns/braid-none'],
    ['absent', ''],
    ['other', '/proc/self/ns/mnt'],
    ['own', '/proc/self/ns/net'],
  ])('P10: tells the agent that CNI_NETNS is %s where it is %j', async (netns, path) => {
    await at.scene.call({
      env: { CNI_NETNS: path },
      agent: async (launcher) => {
        expect((await launcher.greet()).netns).toBe(netns);
        launcher.done();
      },
    });
  });

  test('R19: a delegate has each variable once, those of the order in the place of inherited ones, byte for byte', async () => {
    const path = at.scene.delegate('bridge', 'cat "/proc/$$/environ" > environ');
    const inherited = [
      ...Object.entries(at.scene.variables).map(([name, value]) => `${name}=${value}`),
      ...[
        'CNI_IFNAME=old',
        'TWICE=1',
        'TWICE=2',
        'LINES=a\nb',
        'EMPTY=',
        'BYTES=\xff\xfe',
        'NOTHING',
        'CNI_OTHER=kept',
      ],
    ];
    const ordered = { CNI_COMMAND: 'DEL', CNI_IFNAME: 'net0', CNI_ARGS: '', BRAID_DELEGATE_OF: 'x=y\nz' };
    await at.scene.call({
      rawEnv: Buffer.from(inherited.map((entry) => `${entry}\0`).join(''), 'latin1'),
      agent: async (launcher) => {
        await launcher.greet();
        await launcher.run({ path, variables: ordered });
        launcher.done();
      },
    });
    const isReplaced = (entry: string) => Object.keys(ordered).includes(entry.split('=')[0] ?? '');
    const expected = [
      ...Object.entries(ordered).map(([name, value]) => `${name}=${value}`),
      ...inherited.filter((entry) => !isReplaced(entry) && entry !== 'TWICE=2'),
    ];
    expect(entries(at.scene.bytes('environ')).toSorted()).toEqual(expected.toSorted());
  });

  test('of a variable that it has twice, it tells the agent the first', async () => {
    const variables = Object.entries({ ...at.scene.variables, CNI_IFNAME: 'first' }).map(
      ([name, value]) => `${name}=${value}`,
    );
    await at.scene.call({
      rawEnv: Buffer.from([...variables, 'CNI_IFNAME=second', 'CNI_WITHOUT'].map((entry) => `${entry}\0`).join('')),
      agent: async (launcher) => {
        const request = await launcher.greet();
        expect(request.variables).toMatchObject({ CNI_IFNAME: 'first' });
        expect(request.variables).not.toHaveProperty('CNI_WITHOUT');
        launcher.done();
      },
    });
  });

  test('more variables than a frame holds are for the standalone program', async () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`CNI_${index}`, '']));
    const { code, stderr } = await at.scene.call({ env: many, agent: (launcher) => launcher.gone() });
    expect([code, stderr]).toEqual([3, expect.stringContaining('cannot take so many variables')]);
  });

  test('P12: a request of 8 MiB reaches the agent, a delegate and its answer whole', async () => {
    const path = at.scene.delegate('bridge', 'cat');
    const stdin = Buffer.alloc(MAX_CONTENT, 'braid\xff\0', 'latin1');
    const result = await at.scene.call({
      stdin,
      agent: async (launcher) => {
        const request = await launcher.greet();
        expect(request.stdin.equals(stdin)).toBe(true);
        const run = await launcher.run({ path, stdin: request.stdin });
        expect([run.end, run.stdout.equals(stdin)]).toEqual(['exited', true]);
        launcher.done('x'.repeat(MAX_CONTENT));
      },
    });
    expect([result.code, result.stdout.length]).toEqual([0, MAX_CONTENT]);
  });

  test('P12: a longer one is an error', async () => {
    const result = await at.scene.call({ stdin: Buffer.alloc(MAX_CONTENT + 1), agent: (launcher) => launcher.gone() });
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({
      cniVersion: '1.1.0',
      code: 5,
      msg: 'error reading from stdin: more than 8388608 bytes',
    });
  });

  test('P12: so is a stdin that cannot be read', async () => {
    const through = ['sh', '-c', 'exec "$0" < /'];
    const result = await at.scene.call({ through, agent: (launcher) => launcher.gone() });
    expect(JSON.parse(result.stdout)).toMatchObject({ code: 5, msg: 'error reading from stdin: Is a directory' });
  });

  test('P28: an answer of 200 kB reaches a slow reader whole', async () => {
    spawnSync('mkfifo', [at.scene.path('gate')]);
    const command = `{ "$0"; echo $? > code; } | { read -r _ < gate; cat; }`;
    const result = await at.scene.call({
      through: ['sh', '-c', `cd ${at.scene.dir} && ${command}`],
      agent: async (launcher) => {
        await launcher.greet();
        launcher.done('x'.repeat(200_000), 9);
        // No pipe holds as much, so whoever does not wait for its reader has lost some of it by now.
        await writeFile(at.scene.path('gate'), 'open\n');
        await launcher.gone();
      },
    });
    expect([result.stdout.length, at.scene.read('code')]).toEqual([200_000, '9\n']);
  });

  test('P28: also when its streams do not block', async () => {
    const result = await at.scene.call({
      startOptions: ['nonblocking'],
      agent: async (launcher) => {
        const request = await launcher.greet();
        expect(request.stdin.toString()).toBe('{}');
        launcher.done('x'.repeat(1_000_000));
      },
    });
    expect([result.code, result.stdout.length]).toEqual([0, 1_000_000]);
  });

  test('P12: a stdin that does not block is waited for', async () => {
    spawnSync('mkfifo', [at.scene.path('gate')]);
    const result = await at.scene.call({
      through: ['sh', '-c', `cat ${at.scene.path('gate')} | "$0" "$@"`],
      startOptions: ['nonblocking'],
      agent: async (launcher) => {
        // It is connected, and there is nothing to read yet.
        await writeFile(at.scene.path('gate'), 'late');
        expect((await launcher.greet()).stdin.toString()).toBe('late');
        launcher.done('answer\n');
      },
    });
    expect(result).toMatchObject({ code: 0, stdout: 'answer\n', stderr: '' });
  });

  test('P28: an answer that nobody can get is a failure', async () => {
    await at.scene.call({
      through: ['sh', '-c', `cd ${at.scene.dir} && { "$0"; echo $? > code; } | true`],
      agent: async (launcher) => {
        await launcher.greet();
        launcher.done('x'.repeat(200_000));
      },
    });
    await expect(at.scene.number('code')).resolves.toBe(1);
  });

  test('closed standard streams are not mixed up with what it opens', async () => {
    const path = at.scene.delegate('bridge', 'cat', 'echo printed', 'echo noise >&2');
    const result = await at.scene.call({
      startOptions: ['closed'],
      agent: async (launcher) => {
        expect((await launcher.greet()).stdin.toString()).toBe('');
        expect((await launcher.run({ path, stdin: 'given ' })).stdout.toString()).toBe('given printed\n');
        launcher.done('lost\n', 4);
        await launcher.gone();
      },
    });
    expect(result).toMatchObject({ code: 4, stdout: '', stderr: '' });
  });

  test('what the agent logs goes to stderr at once', async () => {
    const agent = await FakeAgent.start(at.scene.socketPath, async (launcher) => {
      await launcher.greet();
      launcher.send({ kind: 'log', text: 'warning: é\n' });
      await pollUntil(() => seen.includes('warning') || undefined, { withinMs: 10_000, what: 'the warning' });
      launcher.done('answer\n');
    });
    let seen = '';
    const { child, ended } = at.scene.start({});
    child.stderr.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    expect(await ended).toMatchObject({ code: 0, stdout: 'answer\n', stderr: 'warning: é\n' });
    await agent.stop();
  });

  test('R28: a stderr that nobody reads holds up neither delegate nor answer', async () => {
    const path = at.scene.delegate('noisy', 'head -c 3000000 /dev/zero >&2');
    const agent = await FakeAgent.start(at.scene.socketPath, async (launcher) => {
      await launcher.greet();
      expect(await launcher.run({ path })).toMatchObject({ end: 'exited', value: 0, stderr: Buffer.alloc(16_384) });
      launcher.done('answer\n', 5);
      await launcher.gone();
    });
    const child = spawn(at.scene.program, { env: at.scene.variables, stdio: ['pipe', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end('{}');
    expect(await ended).toBe(5);
    child.stderr.destroy();
    await agent.stop();
  });

  test('many at once are served by one agent', async () => {
    const path = at.scene.delegate('bridge', 'cat');
    const agent = await FakeAgent.start(at.scene.socketPath, async (launcher) => {
      const { variables } = await launcher.greet();
      const run = await launcher.run({ path, stdin: variables['CNI_CONTAINERID'] ?? '' });
      launcher.done(run.stdout);
      await launcher.gone();
    });
    const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
    const results = await Promise.all(ids.map((id) => at.scene.start({ env: { CNI_CONTAINERID: id } }).ended));
    expect(results.map(({ stdout }) => stdout)).toEqual(ids);
    await agent.stop();
  });
});
