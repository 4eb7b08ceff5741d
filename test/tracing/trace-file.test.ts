/** The file of traces: whole lines whoever else writes, an end to its growth, nothing but files. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appendLine } from '../../src/tracing/trace-file.ts';
import { scratchFolder } from '../samples/scratch.ts';

const MB = 1_000_000;
const line = (text: string) => Buffer.from(text);

function traceFile(): string {
  return join(scratchFolder(), 'trace.jsonl');
}

describe('appendLine', () => {
  test('makes the file for its owner alone, and adds a line for each call', async () => {
    const file = traceFile();
    await appendLine(file, line('{"a":1}'), MB);
    await appendLine(file, line('{"b":2}'), MB);
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('keeps lines whole that are added at the same time', async () => {
    const file = traceFile();
    const texts = Array.from({ length: 40 }, (_, index) => String(index % 10).repeat(100_000));
    await Promise.all(texts.map((text) => appendLine(file, line(text), 100 * MB)));
    expect(readFileSync(file, 'utf8').trim().split('\n').toSorted()).toEqual(texts.toSorted());
  });

  test('begins a line of its own where a full disk took a part of the one before', async () => {
    const file = traceFile();
    writeFileSync(file, '{"a":1}\n{"b"');
    await appendLine(file, line('{"c":3}'), MB);
    await appendLine(file, line('{"d":4}'), MB);
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b"\n{"c":3}\n{"d":4}\n');
  });

  test('does not take a line that somebody else is writing for torn', async () => {
    const file = traceFile();
    writeFileSync(file, '{"a"');
    const appended = appendLine(file, line('{"b":2}'), MB);
    await new Promise((resolve) => setTimeout(resolve, 10));
    appendFileSync(file, ':1}\n');
    await appended;
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
  });

  test('sets a full file aside, in the place of the one before', async () => {
    const file = traceFile();
    for (const text of ['first', 'second', 'third', 'fourth', 'fifth']) await appendLine(file, line(text), 13);
    expect(readFileSync(file, 'utf8')).toBe('fifth\n');
    expect(readFileSync(`${file}.1`, 'utf8')).toBe('third\nfourth\n');
  });

  test('sets it aside once, however many find it full', async () => {
    const file = traceFile();
    writeFileSync(file, 'x'.repeat(1000));
    await Promise.all(Array.from({ length: 20 }, (_, index) => appendLine(file, line(`line ${index}`), 1000)));
    const all = readFileSync(file, 'utf8') + readFileSync(`${file}.1`, 'utf8');
    expect(all.match(/line \d+/g)).toHaveLength(20);
    expect(all).toContain('x'.repeat(1000));
  });

  test('takes a line that is longer than the file may be, alone', async () => {
    const file = traceFile();
    await appendLine(file, line('x'.repeat(100)), 10);
    expect(existsSync(`${file}.1`)).toBe(false);
    expect(readFileSync(file, 'utf8')).toHaveLength(101);
  });

  test.each<[string, (path: string) => void, RegExp]>([
    ['a folder', (path) => mkdirSync(path), /EISDIR/],
    ['a pipe that nobody reads', (path) => spawnSync('mkfifo', [path]), /it is not a regular file/],
    ['a device', (path) => symlinkSync('/dev/null', path), /it is not a regular file/],
    ['a file of a folder that there is not', () => undefined, /ENOENT/],
  ])('says why it cannot write to %s', async (what, make, fault) => {
    const file = what.includes('folder that') ? join(traceFile(), 'no', 'file') : traceFile();
    make(file);
    await expect(appendLine(file, line('x'), MB)).rejects.toThrow(fault);
  });
});
