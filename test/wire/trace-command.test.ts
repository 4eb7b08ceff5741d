/** `braid trace` as a person runs it: on files of every quality, and on what calls of this very Braid have written. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { COMPILED, ON_NODE, requireBuild } from '../harness/braid-call.ts';
import { delegateSpan, requestLine, stageSpan } from '../samples/otlp-trace.ts';
import { handScene } from './by-hand-scene.ts';

beforeAll(requireBuild);
const scene = handScene();

const trace = (...args: readonly string[]) => scene.current.raw(COMPILED, ['trace', ...args]);

/** A file of calls of the pods `web-1` and so on; those with an even number failed. */
function callsFile(count: number, more = ''): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const failed = number % 2 === 0 ? { error: 'no more addresses' } : {};
    const at = { from: index * 1000, to: index * 1000 + number * 10 };
    const below = [stageSpan('lock', at.from, at.from + 2), delegateSpan('ADD bridge', at.from + 5, at.to, failed)];
    const attributes = { 'k8s.pod.name': `web-${number}`, 'container.id': `c${number}` };
    return requestLine(below, { ...at, ...failed, attributes }, number.toString(16).padStart(32, '0'));
  });
  return scene.current.file('trace.jsonl', `${lines.join('\n')}\n${more}`);
}

test('calls by hand are traced to the file of the configuration, and shown from there', async () => {
  const { current } = scene;
  const file = join(current.node.dir, 'trace.jsonl');
  current.configure({ trace: { file } });
  expect(await current.run('trace')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(`^braid trace: there is no file ${file} yet; [^\n]*braid add[^\n]*\n$`),
  });
  expect(await current.run('add', '--netns', current.netns, '--container-id', 'c7')).toMatchObject({ code: 0 });
  expect(await current.run('del', '--container-id', 'c7')).toMatchObject({ code: 0 });
  const { code, stdout, stderr } = await current.run('trace');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^ADD c7 eth0 {2}[\d.]+ ms {2}ok\n/);
  expect(stdout).toMatch(/\n {2}ADD bridge +front +eth0 +▕ *█+ *▏ +[\d.]+ ms +[\d.]+ ms +\d+ B +\d+ B +exit 0\n/);
  expect(stdout).toMatch(/\n\nDEL \S+ eth0 {2}[\d.]+ ms {2}ok\n/);
  // What was set aside comes before.
  writeFileSync(`${file}.1`, `${requestLine([])}\n`);
  const { json } = await current.run('trace', '--json');
  expect(json.requests.map(({ verb, pod }: { verb: string; pod: string }) => `${verb} ${pod}`)).toEqual([
    'ADD shop/web',
    'ADD ',
    'DEL ',
  ]);
});

test('the last calls are shown, and those that are wanted', async () => {
  const file = callsFile(12);
  const all = await trace(file);
  expect([all.code, all.stderr]).toEqual([0, '']);
  expect(all.stdout).toMatch(/^2 calls before these: --last shows more\n\nADD shop\/web-3 eth0 {2}30\.0 ms {2}ok\n/);
  expect(all.stdout).not.toContain('\u001b');
  const pods = async (...args: readonly string[]) =>
    [...(await trace(file, ...args)).stdout.matchAll(/^ADD shop\/web-(\d+)/gm)].map(([, number]) => Number(number));
  expect(await pods('--last', '2')).toEqual([11, 12]);
  expect(await pods('--failed', '--slow', '80')).toEqual([8, 10, 12]);
  expect(await pods('--pod', 'shop/web-5')).toEqual([5]);
  expect(await pods('--container-id', 'c1')).toEqual([1, 10, 11, 12]);
  const none = await trace(file, '--pod', 'db');
  expect([none.code, none.stdout]).toEqual([0, `None of the 12 calls in ${file} is like that.\n`]);
});

test('--json is one document', async () => {
  const { code, stderr, json } = await trace(callsFile(2, 'half a line'), '--json', '--failed');
  expect([code, stderr]).toEqual([0, '']);
  expect(json).toEqual({
    requests: [
      {
        traceId: '2'.padStart(32, '0'),
        spanId: 'a'.repeat(16),
        parentSpanId: '',
        host: 'node-1',
        verb: 'ADD',
        containerId: 'c2',
        interface: 'eth0',
        pod: 'shop/web-2',
        startedAt: '2026-11-21T12:00:01.000Z',
        durationMs: 20,
        exitStatus: 0,
        error: { code: null, message: 'no more addresses', details: '' },
        spans: [
          expect.objectContaining({ kind: 'stage', name: 'lock', startMs: 0, durationMs: 2, stdinBytes: null }),
          {
            kind: 'delegate',
            depth: 1,
            name: 'ADD bridge',
            startMs: 5,
            durationMs: 15,
            network: 'front',
            interface: 'eth0',
            plugin: 'bridge',
            stdinBytes: 412,
            stdoutBytes: 1310,
            stderrBytes: 0,
            end: 'exit 0',
            error: { code: null, message: 'no more addresses', details: '' },
          },
        ],
        droppedSpans: 0,
      },
    ],
    damaged: [expect.objectContaining({ line: 3, cause: expect.stringMatching(/^it is not valid JSON/) })],
  });
});

test('--html writes a page, also to stdout', async () => {
  const file = callsFile(3);
  const page = join(scene.current.node.dir, 'page.html');
  expect(await trace(file, '--html', page)).toMatchObject({ code: 0, stdout: `${page}: 3 calls\n`, stderr: '' });
  const text = readFileSync(page, 'utf8');
  expect(text.match(/<details /g)).toHaveLength(3);
  expect((await trace(file, '--html', '-')).stdout).toBe(text);
  const nowhere = await trace(file, '--html', join(page, 'x'));
  expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^braid trace: cannot write .*ENOTDIR/)]);
  // A page over a page, and over nothing else.
  expect(await trace(file, '--last', '1', '--html', page)).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(page, 'utf8').match(/<\/?html/g)).toHaveLength(2);
  const traces = readFileSync(file, 'utf8');
  const { code, stderr } = await trace('--html', file, file);
  expect([code, stderr]).toEqual([1, `braid trace: cannot write ${file}: it is there already, and is no page\n`]);
  expect(readFileSync(file, 'utf8')).toBe(traces);
  const tooFar = await trace(file, '--html', '/dev/full');
  expect([tooFar.code, tooFar.stderr]).toEqual([1, 'braid trace: cannot write /dev/full: it is not a regular file\n']);
});

test('a damaged line is named and left out; of many the first', async () => {
  const file = callsFile(1, '{"resourceSpans":\n'.repeat(7));
  const { code, stdout, stderr } = await trace(file);
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'ADD shop/web-1 eth0  10.0 ms  ok']);
  const lines = stderr.trim().split('\n');
  expect(lines[0]).toBe(
    `braid trace: ${file}: line 2 is left out: it is not valid JSON: it ends too early at column 18`,
  );
  expect([lines.length, lines[5]]).toEqual([6, 'braid trace: 2 further lines are left out']);
});

test('stdin is read, and a reader that goes away ends it quietly', async () => {
  const text = readFileSync(callsFile(10), 'utf8');
  const { code, stdout } = await scene.current.raw(ON_NODE, ['trace', '-', '--last', '1'], text);
  expect([code, stdout.split('\n')[0]]).toEqual([0, 'ADD shop/web-10 eth0  100.0 ms  failed']);
  const [program] = COMPILED.command;
  const file = callsFile(3000);
  const cut = await scene.current.raw({ name: 'cut', command: ['sh', '-c'] }, [
    `${program} trace ${file} --last 3000 | head -n 1`,
  ]);
  expect([cut.code, cut.stdout, cut.stderr]).toEqual([0, 'ADD shop/web-1 eth0  10.0 ms  ok\n', '']);
});

describe('what cannot be read', () => {
  test.each<[string, (file: string) => void, RegExp]>([
    ['a file that is not there', () => undefined, /^braid trace: there is no file \S+\n$/],
    ['a folder', (file) => mkdirSync(file), /^braid trace: cannot read \S+: it is not a regular file\n$/],
    [
      'another document',
      (file) => writeFileSync(file, '# Traces\n'),
      /^braid trace: no line of \S+ is a trace; line 1: /,
    ],
    ['what is not UTF-8', (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0x7b])), /^braid trace: no line of /],
    [
      'JSON that is too deep',
      (file) => writeFileSync(file, `${'['.repeat(200_000)}`),
      /^braid trace: no line of \S+ is a trace; line 1: /,
    ],
  ])('%s is one clear line', async (_what, make, fault) => {
    const file = join(scene.current.node.dir, 'odd');
    make(file);
    const { code, stdout, stderr } = await trace(file);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(fault);
  });

  test('a configuration without the key says how to switch it on', async () => {
    const { code, stdout, stderr } = await scene.current.run('trace');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      `braid trace: ${scene.current.conf} has no key "trace" with a file; add "trace": {"file": "/var/log/braid-trace.jsonl"} to it, or name a file: braid trace FILE\n`,
    );
  });

  test('an empty file holds no calls', async () => {
    const file = scene.current.file('empty', '');
    expect(await trace(file)).toMatchObject({ code: 0, stdout: `No call in ${file}.\n`, stderr: '' });
  });
});

test.each([
  [['--last', '0'], "argument '0' is invalid. It must be a whole number from 1 to 100000."],
  [['--slow', 'much'], "argument 'much' is invalid."],
  [['--pod', ''], "argument '' is invalid. It must not be empty."],
  [['--html', 'x', '--json'], '--html and --json are two ways to show the same.'],
  [['--fail'], "unknown option '--fail'\n(Did you mean --failed?)"],
])('%j is wrong usage', async (args, fault) => {
  const { code, stdout, stderr } = await trace('file', ...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(fault);
  expect(stderr).toContain('\nTry braid trace --help.\n');
  expect(existsSync('x')).toBe(false);
});
