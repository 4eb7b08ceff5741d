/**
 * What is left of pods whose namespace is gone, freed by a DEL of each: what `braid gc --dry-run` shows without a set.
 *
 * No list of valid attachments is needed, and no ADD that is under way is in danger: its namespace is there.
 */
import type { Environment } from '../../environment/environment.ts';
import { writeStderr, writeStdout } from '../../environment/standard-streams.ts';
import { type CniError, joinedError } from '../../errors.ts';
import { parseNodeConfigLeniently } from '../../request/node-config.ts';
import { errorAnswer } from '../../result/answer.ts';
import { type Journal, readJournal } from '../../state/read-journal.ts';
import { INTERRUPTED } from '../command.ts';
import { coloursFor } from '../plain-table.ts';
import { callByHand, type HandRun } from './call-by-hand.ts';
import { type GarbageReport, garbageJson, garbageText, judgeJournal } from './garbage-report.ts';
import { cniPathOf, type NodeOptions } from './hand-options.ts';
import { callTable, errorLines, jsonText, notesText } from './hand-report.ts';
import { exitStatus, GC_WORDS, type Interrupts, watchInterrupts } from './interrupts.ts';
import { mayNamespaceBeThere } from './namespace.ts';
import type { NodeFile } from './node-file.ts';

/** What would be freed. Nobody has said what else is valid, so no network collects by itself. */
export function judgeGone(journal: Journal): GarbageReport {
  const report = judgeJournal(journal, undefined, mayNamespaceBeThere);
  return { ...report, garbage: { ...report.garbage, collections: [] } };
}

/** Frees, and says what; gives the exit status. Tries all, whatever fails. */
export async function freeGone(node: NodeFile, options: NodeOptions, environment: Environment): Promise<number> {
  const { stateDir } = parseNodeConfigLeniently(node.plugin.raw).config;
  const report = judgeGone(readJournal(stateDir));
  const interrupts = watchInterrupts(GC_WORDS);
  const startedAt = performance.now();
  const runs = await deleteEach(report.garbage.stale, { node, options, environment, interrupts });
  const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
  const error = joinedError(runs.flatMap((run) => faultOf(run) ?? []));
  const calls = runs.flatMap((run) => run.calls);
  const notes = [...new Set(runs.flatMap((run) => run.notes))];
  const left = judgeGone(readJournal(stateDir)).verdicts.filter(({ verdict }) => verdict === 'free');
  if (options.json) {
    const braid = { verb: 'GC', isDryRun: false, durationMs, delegates: calls, notes, ...garbageJson(report), left };
    writeStdout(jsonText({ ...(error && JSON.parse(errorAnswer(error))), braid }));
  } else {
    const colours = coloursFor(environment);
    const words = { free: 'to be freed', keep: 'is kept', unusable: 'is not touched' };
    const count = report.garbage.stale.length;
    const ending = `${count - left.length} of ${count} stale records freed after ${durationMs} ms.\n`;
    const noted = notesText({ notes, unwrittenStatus: undefined });
    const parts = [garbageText(report, words, colours), callTable(calls, colours), noted, ending];
    writeStdout(parts.filter((part) => part !== '').join('\n'));
    if (error) writeStderr(errorLines('gc', error));
  }
  return left.length > 0 && interrupts.isInterrupted() ? INTERRUPTED : exitStatus({ error }, interrupts);
}

interface Deleting {
  readonly node: NodeFile;
  readonly options: NodeOptions;
  readonly environment: Environment;
  readonly interrupts: Interrupts;
}

async function deleteEach(
  stale: readonly { readonly containerId: string; readonly ifName: string }[],
  { node, options, environment, interrupts }: Deleting,
): Promise<HandRun[]> {
  const runs: HandRun[] = [];
  const cniPath = cniPathOf(options, environment);
  const config = { runtimeConfig: {}, annotations: undefined };
  for (const { containerId, ifName } of stale) {
    if (interrupts.isInterrupted()) break;
    const call = { verb: 'DEL', node, containerId, ifName, netns: '', args: '', cniPath, config } as const;
    runs.push(await callByHand(call, environment));
  }
  return runs;
}

function faultOf({ error, call }: HandRun): CniError | undefined {
  return error?.at(`container ${call.containerId}`);
}
