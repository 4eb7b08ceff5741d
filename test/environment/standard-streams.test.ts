import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';

const MODULE = new URL('../../src/environment/standard-streams.ts', import.meta.url).href;

const argsOf = (body: string) => {
  const program = `import { prepareOutput, stdoutFault, writeStdout, writeStderr } from ${JSON.stringify(MODULE)};\n${body}`;
  return ['--input-type=module', '-e', program];
};

function run(body: string) {
  return spawn(process.execPath, argsOf(body), { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('P28: all of an answer is written before the process ends, also to a slow reader', async () => {
  const child = run(`writeStdout('x'.repeat(3_000_000)); process.exit(0);`);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect((await textOf(child.stdout)).length).toBe(3_000_000);
});

test('P28: a reader that went away is noticed and kills nobody', async () => {
  const child = run(
    `await new Promise((r) => setTimeout(r, 200)); writeStderr(String([writeStdout('answer'), stdoutFault()]));`,
  );
  child.stdout.destroy();
  expect(await textOf(child.stderr)).toBe('false,');
  expect(child.signalCode).toBeNull();
});

test('stderr takes text and bytes', async () => {
  const child = run(`writeStderr('a'); writeStderr(Buffer.from('b')); process.exit(0);`);
  expect(await textOf(child.stderr)).toBe('ab');
});

test('a disk without room is told', async () => {
  const full = openSync('/dev/full', 'w');
  const args = argsOf(`writeStderr(String([writeStdout('answer'), stdoutFault()]));`);
  const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  expect(await textOf(child.stderr ?? Readable.from([]))).toMatch(/^false,ENOSPC: no space left on device/);
});

test('what is for a person is prepared', async () => {
  const child = run(
    `prepareOutput({ stdout: () => 'out', stderr: (text) => String(text).toUpperCase() });
     writeStdout('x'); writeStderr('a'); writeStderr(Buffer.from('b'));`,
  );
  expect(await Promise.all([textOf(child.stdout), textOf(child.stderr)])).toEqual(['out', 'AB']);
});
