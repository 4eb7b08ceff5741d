/** `braid doctor` as an operator runs it: on a node where all is well, on one where much is wrong, and called wrongly. */
import { execFileSync, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { DoctorScene } from '../doctor/doctor-scene.ts';
import { COMPILED, ON_NODE, requireBuild } from '../harness/braid-call.ts';
import { type RunResult, runToEnd } from '../harness/run-child.ts';
import { RunningAgent } from '../harness/running-agent.ts';
import { attachmentOf, recordOf } from '../samples/record.ts';

beforeAll(requireBuild);

const env = { PATH: process.env['PATH'] ?? '' };

/** How full the disk is that the test runs on is not the test's business. */
const BUT_DISK = [
  '--only',
  'configuration,networks,plugins,host,api-server,agent',
  '--only',
  'journal,leases,interfaces',
];

/** Runs it to its end. */
function doctor(form: typeof COMPILED, ...options: string[]): Promise<RunResult> {
  const [file = '', ...args] = form.command;
  const child = spawn(file, [...args, 'doctor', ...options], { env });
  return runToEnd(child, { timeoutMs: 20_000, kill: () => void child.kill('SIGKILL') });
}

/** Where the node of a scene is. */
function places({ dir, confDir, binDir }: DoctorScene): string[] {
  const sockets = ['--socket', join(dir, 'agent.sock'), '--listen', `unix:${join(dir, 'http.sock')}`];
  return ['--conf-dir', confDir, '--plugin-dir', binDir, ...sockets];
}

/** A network whose plugin needs nothing of the machine that the test runs on. */
function soundNode(): DoctorScene {
  const scene = new DoctorScene();
  scene.network('10-front.conflist', 'front', { type: 'sound' });
  scene.program('sound');
  return scene;
}

test('a node where all is well: nothing found, status 0, and the agent has not lost a call by it', async () => {
  const scene = soundNode();
  const agent = await RunningAgent.start({ dir: scene.dir });
  expect(await doctor(ON_NODE, ...places(scene), ...BUT_DISK)).toMatchObject({
    code: 0,
    stdout: '9 checks, nothing found\n',
    stderr: '',
  });
  expect(await agent.metric('braid_lost_launchers_total')).toBe(0);
});

test('a node where much is wrong: all of it in one document, status 1', async () => {
  const scene = soundNode();
  scene.own({ defaultPlugin: 'fornt', kubeconfig: join(scene.dir, 'none'), timeout: 1 });
  scene.network('00-a.conflist', 'a', { type: 'ghost' });
  scene.network('20-back.conflist', 'back', { type: 'genie', kubernetes: { kubeconfig: scene.dir } });
  scene.program('genie');
  scene.file('net.d/10-old.conf.cilium_bak', '{}');
  scene.file('agent.sock', '');
  scene.file('state/quarantine/old.json', '');
  await scene.record(recordOf([attachmentOf('front', 'eth0', { phase: 'added' })], { netns: join(scene.dir, 'gone') }));
  rmSync(join(scene.binDir, 'braid-netns'));
  const { code, stdout, stderr } = await doctor(COMPILED, ...places(scene), ...BUT_DISK, '--json');
  expect([code, stderr]).toEqual([1, '']);
  const { checks, findings, summary } = JSON.parse(stdout);
  expect(checks).toHaveLength(9);
  expect(findings.map(({ severity, id }: Record<string, string>) => `${severity} ${id}`)).toEqual([
    'error configuration/not-first',
    'error networks/default',
    'error plugins/missing',
    'error api-server/credentials',
    'warning configuration/renamed-by-cilium',
    'warning networks/multiplexer',
    'warning plugins/own-missing',
    'warning agent/dead-socket',
    'warning journal/leak',
    'warning journal/quarantine',
    'note configuration/key',
    'note configuration/leftover-binary',
  ]);
  expect(summary).toEqual({ errors: 4, warnings: 6, notes: 2 });
  for (const finding of findings) expect(Object.values(finding).every((text) => typeof text === 'string')).toBe(true);
});

test('a check that hangs is told, and the command ends all the same', async () => {
  const scene = soundNode();
  const kubeconfig = join(scene.dir, 'pipe');
  execFileSync('mkfifo', [kubeconfig]);
  scene.own({ kubeconfig });
  const { code, stdout } = await doctor(ON_NODE, ...places(scene), '--only', 'api-server', '--timeout', '200');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^error: not looked at \(api-server\): there was no end of it within 200 ms \[doctor\/late\]\n/,
  );
  expect(stdout).toMatch(/\n1 check: 1 error, 0 warnings, 0 notes\n$/);
});

test('a file that was named and is not there is told once', async () => {
  const { code, stdout, stderr } = await doctor(
    COMPILED,
    '--conf',
    '/none/of/this',
    '--only',
    'configuration,networks',
  );
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toMatch(/^error: not looked at \(configuration, networks\): there is no file \/none\/of\/this; /);
  expect(stdout).toMatch(/\n2 checks: 1 error, 0 warnings, 0 notes\n$/);
});

test('a reader that has seen enough is no error, and notes alone are none', async () => {
  const scene = soundNode();
  const command = [...ON_NODE.command, 'doctor', ...places(scene), ...BUT_DISK].map((word) => `'${word}'`).join(' ');
  const child = spawn('sh', ['-c', `${command} | head -1`], { env, cwd: resolve('/') });
  const seen = await runToEnd(child, { timeoutMs: 20_000, kill: () => void child.kill('SIGKILL') });
  expect(seen).toMatchObject({ code: 0, stdout: 'note: no agent runs [agent/none]\n', stderr: '' });
});

test.each([
  [['--only', 'plugin'], 'There is no check "plugin". Did you mean "plugins"?'],
  [['--listen', '0.0.0.0:1'], 'is no address'],
  [['--state-dir', 'state'], 'It must be an absolute path.'],
  [['--plugin-dir', '/nowhere'], 'There is no such folder.'],
  [['--plugin-dir', '/:/usr'], 'Give the option once for each folder.'],
])('%j is wrong usage', async (options, fault) => {
  const { code, stdout, stderr } = await doctor(COMPILED, ...options);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(fault);
  expect(stderr).toContain('Try braid doctor --help.');
});
