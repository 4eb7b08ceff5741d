/** Fuzzing the journal: the record of a real ADD and its steps, damaged, or odd under a right checksum. */
import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { must, shown } from './expectations.ts';
import { damaged, jsonText, mutated, oddValues } from './odd-json.ts';
import { ordinaryCall } from './ordinary-call.ts';
import { Scene } from './scene.ts';
import { target } from './target.ts';

const phases = fc.constantFrom('planned', 'adding', 'added', 'deleting', 'gone', 'flying');
const steps = mutated(
  fc.record(
    { index: fc.constantFrom(0, 1, 2, -1, 1e9), phase: phases, result: fc.constant({ ips: [] }) },
    { requiredKeys: ['index', 'phase'] },
  ),
).map((step) => `${jsonText(step)}\n`);

/** What becomes of the record's file; the text of a real ADD is known only when the case runs. */
type Change =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'damage'; readonly at: number; readonly bytes: Uint8Array; readonly skip: number }
  | { readonly kind: 'forgery'; readonly at: number; readonly how: 'replace' | 'delete'; readonly value: unknown };

const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constant('damage' as const),
    at: fc.nat(),
    bytes: fc.uint8Array({ maxLength: 6 }),
    skip: fc.constantFrom(0, 1, 1, 40),
  }),
  fc.record({
    kind: fc.constant('forgery' as const),
    at: fc.nat(),
    how: fc.constantFrom('replace' as const, 'delete' as const),
    value: oddValues,
  }),
  fc.record({ kind: fc.constant('whole' as const), bytes: damaged(oddValues.map(jsonText)) }),
);

function changedRecord(text: string, change: Change): Uint8Array {
  if (change.kind === 'whole') return change.bytes;
  if (change.kind === 'forgery') return forged(text, change);
  const whole = Buffer.from(text);
  const at = change.at % (whole.length + 1);
  return Buffer.concat([whole.subarray(0, at), change.bytes, whole.subarray(Math.min(whole.length, at + change.skip))]);
}

/** Odd content under a checksum that is right; container and interface stay, for they are what the file is named by. */
function forged(text: string, { at, how, value }: Extract<Change, { kind: 'forgery' }>): Buffer {
  const { record } = JSON.parse(text.split('\n', 1)[0] ?? '');
  const plugins = record.attachments.flatMap((each: { plugins: object[] }) => each.plugins);
  const holders = [record, ...record.attachments, ...plugins];
  const holder = holders[at % holders.length];
  const keys = Object.keys(holder).filter((key) => holder !== record || !['containerId', 'ifName'].includes(key));
  const key = keys[at % keys.length] ?? '';
  if (how === 'delete') Reflect.deleteProperty(holder, key);
  else holder[key] = value;
  const content = jsonText(record);
  const checksum = createHash('sha256').update(`attachment/v1\n${content}`).digest('hex');
  return Buffer.from(`{"kind":"attachment/v1","checksum":"sha256:${checksum}","record":${content}}\n`);
}

const cases = fc.record({
  record: fc.option(changes, { nil: undefined }),
  steps: fc.option(damaged(fc.array(steps, { maxLength: 3 }).map((lines) => lines.join(''))), { nil: undefined }),
  verbs: fc.array(fc.constantFrom('CHECK', 'ADD', 'GC', 'DEL', 'STATUS'), { maxLength: 3 }),
});

/** Calls on a node whose journal is not what we wrote; in the end DEL must be rid of it. */
export const journalTarget = target({
  name: 'journal files',
  share: 0.15,
  cases: () => cases,
  run: async (sandbox, { record, steps: noted, verbs }) => {
    const scene = new Scene(sandbox);
    const { stdout } = await scene.ordinary('ADD');
    const folder = join(sandbox.stateDir, 'attachments');
    const [file = ''] = scene.sandbox.stateFiles('attachments').filter((name) => name.endsWith('.json'));
    const path = join(folder, file);
    if (record) writeFileSync(path, changedRecord(readFileSync(path, 'utf8'), record));
    if (noted) appendFileSync(path, noted);
    for (const verb of verbs)
      await scene.call(ordinaryCall(sandbox, verb, { prevResult: JSON.parse(stdout) })).catch(forgive);
    await deleteTwice(scene, file, record?.kind === 'forgery');
  },
});

/** An ADD that meets a damaged record fails without a roll-back, as it should. */
function forgive(cause: unknown): void {
  if (!(cause instanceof Error) || !cause.message.startsWith('after a failed ADD')) throw cause;
}

/**
 * The first DEL may say that the record is damaged; the second one succeeds, and the record is out of the way. What may
 * keep it: a kind that a newer Braid may have written, a forged plugin that does not exist, and what is nested too deeply
 * to be handed to a plugin.
 */
async function deleteTwice(scene: Scene, file: string, isForged: boolean): Promise<void> {
  await scene.ordinary('DEL');
  const again = await scene.ordinary('DEL');
  if (isForged && again.stdout.includes('failed to find plugin')) return;
  if (again.stdout.includes('Maximum call stack')) return;
  if (/its kind is \\"attachment\/v\d+\\"/.test(again.stdout)) return;
  must(again.status === 0, `a second DEL fails too: ${shown(again.stdout)}`);
  const left = scene.sandbox.stateFiles('attachments').filter((name) => name.startsWith(file.replace(/json$/, '')));
  must(left.length === 0, `after two DELs there is still: ${left.join(', ')}`);
}
