import { chmodSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { encodeFrame } from '../../src/agent/encode-frame.ts';
import { FRAMES_VERSION } from '../../src/agent/frames.ts';
import { BRAID_VERSION } from '../../src/version.ts';
import { DoctorScene } from './doctor-scene.ts';

const CHECK = 'agent';

/** Something that listens where the agent would. */
async function listener(scene: DoctorScene, welcome: (socket: Socket) => void): Promise<string> {
  const path = join(scene.dir, 'agent.sock');
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    welcome(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o600);
  onTestFinished(() => void server.close());
  return path;
}

/** The agent's health as it would tell it. */
async function health(scene: DoctorScene, ready: [number, string], version = BRAID_VERSION): Promise<void> {
  const server = createHttpServer(({ url }, response) => {
    const [status, text] = url === '/metrics' ? [200, `# HELP x\nbraid_build_info{version="${version}"} 1\n`] : ready;
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(join(scene.dir, 'http.sock'), resolve));
  onTestFinished(() => void server.close());
}

const greet = (socket: Socket, version = FRAMES_VERSION) =>
  void socket.write(encodeFrame({ kind: 'hello', version, silenceMs: 1000 }));

test('an agent that greets, is ready and of our version is no finding', async () => {
  const scene = new DoctorScene();
  await listener(scene, greet);
  await health(scene, [200, 'ok\n']);
  expect(await scene.ids(CHECK)).toEqual([]);
});

test('an agent that is not ready, and one of another version', async () => {
  const scene = new DoctorScene();
  await listener(scene, greet);
  await health(scene, [503, 'not listed yet: /api/v1/pods\n'], '0.0.9');
  const findings = await scene.find(CHECK);
  expect(findings.map(({ severity, what }) => `${severity} ${what}`)).toEqual([
    'warning the agent is not ready: not listed yet: /api/v1/pods',
    `warning the agent is of version 0.0.9, this command of ${BRAID_VERSION}`,
  ]);
});

test('an agent that tells nothing of its health, with a socket for everybody', async () => {
  const scene = new DoctorScene();
  chmodSync(await listener(scene, greet), 0o666);
  expect(await scene.ids(CHECK)).toEqual(['warning agent/open-socket', 'note agent/no-health']);
});

test('an agent with other frames', async () => {
  const scene = new DoctorScene();
  await listener(scene, (socket) => greet(socket, 9));
  expect(await scene.ids(CHECK)).toContain('warning agent/other-frames');
});

test('one that says nothing', async () => {
  const scene = new DoctorScene();
  await listener(scene, () => undefined);
  const { greetAgent } = await import('../../src/doctor/ask-agent.ts');
  const impatient = () => greetAgent(join(scene.dir, 'agent.sock'), AbortSignal.timeout(100));
  expect(await scene.ids(CHECK, { node: { greetAgent: impatient } })).toEqual(['error agent/silent']);
});

test.each([
  ['ends the connection', (socket: Socket) => void socket.end()],
  ['talks otherwise', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
])('something else that %s', async (_what, welcome) => {
  const scene = new DoctorScene();
  await listener(scene, welcome);
  expect(await scene.ids(CHECK)).toEqual(['warning agent/dead-socket']);
});

test('what a dead agent left, and a file that is no socket', async () => {
  const scene = new DoctorScene();
  const refused = async () => ({ kind: 'refused', code: 'ECONNREFUSED' }) as const;
  const socket = async () => ({ mode: 0o600, isSocket: true });
  expect(await scene.ids(CHECK, { node: { greetAgent: refused, facts: socket } })).toEqual([
    'warning agent/dead-socket',
  ]);
  const forbidden = async () => ({ kind: 'refused', code: 'EACCES' }) as const;
  expect(await scene.ids(CHECK, { node: { greetAgent: forbidden, facts: socket } })).toEqual(['note agent/not-seen']);
  scene.file('agent.sock', '');
  expect(await scene.ids(CHECK)).toEqual(['warning agent/dead-socket']);
});
