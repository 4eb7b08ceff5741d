/** What the rows of the runtime side share beside the node itself: plugins written in shell, the journal, log lines. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { BraidAnswer, BraidForm, BraidNode } from '../harness/braid-call.ts';

/** The namespace path that a call names when it says nothing else. */
export const NETNS = '/run/netns/braid-none';

/**
 * Writes a plugin of a few lines of shell, for what the scripted one cannot tell; `$here` is its folder. It starts in a
 * few ms, so that rows with short deadlines are not about the start of an interpreter.
 */
export function shellPlugin(node: BraidNode, type: string, body: string, folder = node.binDir): void {
  mkdirSync(folder, { recursive: true });
  // A scripted plugin of that name is a link, whose target belongs to all tests.
  rmSync(join(folder, type), { force: true });
  writeFileSync(join(folder, type), `#!/bin/sh\nhere=\${0%/*}\n${body}\n`, { mode: 0o755 });
}

/** A file that a shell plugin wrote into its folder. */
export function written(node: BraidNode, file: string): string {
  return readFileSync(join(node.binDir, file), 'utf8');
}

/** ADD of the named networks, in the order of the annotation; must succeed. */
export async function added(node: BraidNode, form: BraidForm, cni: string, call: object = {}): Promise<BraidAnswer> {
  const answer = await node.call(form, { verb: 'ADD', annotations: { cni }, ...call });
  expect(answer.code, answer.stdout + answer.stderr).toBe(0);
  return answer;
}

/** The answer's error: exit status 1, one document on stdout, and nothing made or recorded. */
export function refused(node: BraidNode, answer: BraidAnswer): { code: number; msg: string; details?: string } {
  expect(answer.code).toBe(1);
  expect(answer.stdout.trim().split('\n')).toHaveLength(1);
  expect([node.made(), node.records()]).toEqual([[], []]);
  return answer.json;
}

/** The whole error as one text. */
export function wholeText({ msg, details = '' }: { msg: string; details?: string }): string {
  return `${msg} ${details}`;
}

/** The messages of the log lines on stderr. */
export function logged({ stderr }: BraidAnswer): string[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line).msg);
}

/** The path of the journal's first record. */
export function recordFile(node: BraidNode): string {
  const folder = join(node.stateDir, 'attachments');
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.json')) ?? 'none');
}

/** The steps that were noted since. */
export function noted(node: BraidNode): unknown[] {
  const [, ...lines] = readFileSync(recordFile(node), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}

// biome-ignore lint/suspicious/noExplicitAny: a test reaches into the document that it expects
export function recorded(node: BraidNode): any {
  return JSON.parse(readFileSync(recordFile(node), 'utf8').split('\n', 1)[0] ?? '');
}
