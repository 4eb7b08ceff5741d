/** The launcher where there is no agent: VERSION, a person's command line, and becoming the standalone program. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { versionAnswer } from '../../src/result/answer.ts';
import { BraidNode, COMPILED, ON_NODE, requireBuild } from '../harness/braid-call.ts';
import { describeLauncher } from '../harness/launcher.ts';
import { collect } from '../harness/run-child.ts';

beforeAll(requireBuild);

/** An agent that must not be asked. */
const agent = () => Promise.reject(new Error('the agent was asked'));
const standalone = { code: 3, stdout: 'standalone\n', stderr: '' };

describeLauncher('the launcher alone', (at) => {
  test('P23: answers VERSION with the same bytes as the standalone program, in all its forms', async () => {
    const result = await at.scene.call({ agent, env: { CNI_COMMAND: 'VERSION', CNI_CONTAINERID: '%%' } });
    expect(result).toMatchObject({ code: 0, stdout: versionAnswer(), stderr: '' });
    for (const { command } of [COMPILED, ON_NODE]) {
      const [file = '', ...args] = command;
      const { stdout } = spawnSync(file, args, { env: { CNI_COMMAND: 'VERSION' }, encoding: 'utf8' });
      expect(stdout).toBe(result.stdout);
    }
  });

  test('P12: for VERSION it does not wait for stdin', async () => {
    const env = { ...at.scene.variables, CNI_COMMAND: 'VERSION' };
    const child = spawn(at.scene.program, [], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    const stdout = collect(child.stdout);
    const [code] = await once(child, 'close');
    expect([code, stdout()]).toEqual([0, versionAnswer()]);
  });

  test('P28: an answer to VERSION that nobody can get is a failure', async () => {
    const through = ['sh', '-c', 'exec "$0" >&-'];
    expect(await at.scene.start({ env: { CNI_COMMAND: 'VERSION' }, through }).ended).toMatchObject({ code: 1 });
  });

  test.each([
    ['not set', undefined],
    ['empty', ''],
  ])('with CNI_COMMAND %s it is the standalone program, with the arguments as they are', async (_, command) => {
    const rest = Object.entries(at.scene.variables).filter(([name]) => name !== 'CNI_COMMAND');
    const variables = command === undefined ? rest : [...rest, ['CNI_COMMAND', command]];
    const rawEnv = Buffer.from(variables.map(([name, value]) => `${name}=${value}\0`).join(''));
    const args = ['explain', '--pod', 'a b', ''];
    expect(await at.scene.call({ agent, rawEnv, args, stdin: 'typed' })).toMatchObject(standalone);
    expect([at.scene.read('args'), at.scene.read('stdin')]).toEqual(['explain\n--pod\na b\n\n', 'typed']);
  });

  test('with no socket it becomes the standalone program and says nothing', async () => {
    expect(await at.scene.start({ stdin: 'request' }).ended).toMatchObject(standalone);
    expect(at.scene.read('stdin')).toBe('request');
  });

  test('the real standalone program serves an ADD and its DEL through it', async () => {
    rmSync(at.scene.path('braid-standalone'));
    symlinkSync(COMPILED.command[0] ?? '', at.scene.path('braid-standalone'));
    const node = new BraidNode();
    onTestFinished(() => node.dispose());
    node.network('front', ['bridge'], { plugin: { addresses: ['10.1.0.2/24'] } });
    const form = { name: 'launcher', command: [at.scene.program] };
    const call = { annotations: { cni: 'front' }, env: { BRAID_AGENT_SOCKET: at.scene.socketPath } };
    const added = await node.call(form, { verb: 'ADD', ...call });
    expect(added).toMatchObject({ code: 0, stderr: '', json: { ips: [{ address: '10.1.0.2/24' }] } });
    expect(await node.call(form, { verb: 'DEL', ...call })).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect([node.story(), node.made()]).toEqual([['ADD bridge eth0', 'DEL bridge eth0'], []]);
  });

  test('with a socket file that a dead agent left, likewise', async () => {
    const listen = 'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
    spawnSync(process.execPath, ['-e', listen, at.scene.socketPath]);
    expect(await at.scene.start({}).ended).toMatchObject(standalone);
  });

  test('with BRAID_AGENT_SOCKET empty, likewise', async () => {
    expect(await at.scene.call({ agent, env: { BRAID_AGENT_SOCKET: '' } })).toMatchObject(standalone);
  });

  test('called by a delegate of ours it does not ask the agent, which knows nothing of the mark', async () => {
    const env = { BRAID_DELEGATE_OF: '/var/lib/cni/braid:c1' };
    expect(await at.scene.call({ agent, env })).toMatchObject(standalone);
  });

  test('a path that is too long for a socket is told', async () => {
    const long = `/tmp/${'x'.repeat(5000)}`;
    const result = await at.scene.start({ env: { BRAID_AGENT_SOCKET: long } }).ended;
    expect(result).toMatchObject({ code: 3, stdout: 'standalone\n' });
    expect(result.stderr).toMatch(/^braid: the agent at \/tmp\/x+ ?/);
    expect(result.stderr.length).toBeLessThan(5000);
  });

  test('what it becomes has the environment byte for byte, and signals as they were', async () => {
    const odd = Buffer.concat([
      Buffer.from(
        Object.entries(at.scene.variables)
          .map(([name, value]) => `${name}=${value}\0`)
          .join(''),
      ),
      Buffer.from('TWICE=1\0TWICE=2\0LINES=a\nb\0EMPTY=\0NOTHING\0BYTES=\xff\xfe\0', 'latin1'),
    ]);
    expect(await at.scene.start({ rawEnv: odd }).ended).toMatchObject(standalone);
    expect(at.scene.bytes('environ').equals(odd)).toBe(true);
    // A shell would change them.
    writeFileSync(at.scene.path('braid-standalone'), '#!/bin/cat /proc/self/status\n');
    const { stdout } = await at.scene.start({ startOptions: ['signals'] }).ended;
    expect(stdout).toMatch(/^SigBlk:\t0000000000000200\nSigIgn:\t0000000000011000\nSigCgt:\t0000000000000000$/m);
  });

  test('a program that is missing is an error of code 7 which names it', async () => {
    rmSync(at.scene.path('braid-standalone'));
    const result = await at.scene.start({}).ended;
    expect(result).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({
      cniVersion: '1.1.0',
      code: 7,
      msg: `${at.scene.path('braid-standalone')} cannot be run: No such file or directory`,
    });
  });

  test('one that is no program, likewise', async () => {
    writeFileSync(at.scene.path('braid-standalone'), 'nothing to run');
    expect(JSON.parse((await at.scene.start({}).ended).stdout)).toMatchObject({
      code: 7,
      msg: expect.stringContaining('Exec format error'),
    });
  });

  test('the paths of the agent and of the standalone program can be built in', async () => {
    const elsewhere = at.scene.path('bin/elsewhere');
    at.scene.delegate('elsewhere', 'echo elsewhere');
    const flags = [`-DSTANDALONE="${elsewhere}"`, `-DAGENT_SOCKET="${at.scene.path('built-in.sock')}"`];
    at.scene.use(at.programs.variant('built-in', flags));
    const rest = Object.entries(at.scene.variables).filter(([name]) => name !== 'BRAID_AGENT_SOCKET');
    const rawEnv = Buffer.from(rest.map(([name, value]) => `${name}=${value}\0`).join(''));
    expect(await at.scene.start({ rawEnv }).ended).toMatchObject({ code: 0, stdout: 'elsewhere\n', stderr: '' });
    const answer = await at.scene.call({
      rawEnv,
      socketPath: at.scene.path('built-in.sock'),
      agent: async (launcher) => {
        await launcher.greet();
        launcher.done('built in\n');
        await launcher.gone();
      },
    });
    expect(answer).toMatchObject({ code: 0, stdout: 'built in\n' });
  });
});
