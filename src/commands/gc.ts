/** `braid gc`: the runtime's GC by hand, or what one would do. An edge. */
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { parseRequest } from '../request/cni-request.ts';
import type { ValidAttachment } from '../request/valid-attachments.ts';
import type { JsonObject } from '../schema/json.ts';
import { unrecordedWarning } from '../stages/collect-garbage.ts';
import { readJournal } from '../state/read-journal.ts';
import { callByHand, callEnvironment, type HandCall } from './by-hand/call-by-hand.ts';
import { freeGone, judgeGone } from './by-hand/free-gone.ts';
import { type GarbageReport, garbageJson, garbageText, judgeJournal } from './by-hand/garbage-report.ts';
import { cniPathOf, type NodeOptions, withNodeOptions, withoutNames } from './by-hand/hand-options.ts';
import { callTable, errorLines, jsonReport, jsonText, notesText } from './by-hand/hand-report.ts';
import { exitStatus, GC_WORDS, watchInterrupts } from './by-hand/interrupts.ts';
import { isNamespaceThere } from './by-hand/namespace.ts';
import { loadNodeFile, type NodeFile, nodeFileNotes } from './by-hand/node-file.ts';
import { removeUnusedNamespace } from './by-hand/recorded-container.ts';
import { runByHand } from './by-hand/run-by-hand.ts';
import { readValidSet, refuseBeginnings, validAttachment } from './by-hand/valid-set.ts';
import { type BuildCommand, givenText, newCommand } from './command.ts';
import { coloursFor } from './plain-table.ts';

interface GcOptions extends NodeOptions {
  readonly dryRun?: boolean;
  readonly valid?: readonly ValidAttachment[];
  readonly validFromFile?: string;
  readonly gone?: boolean;
}

const NO_SET =
  'error: which attachments are valid? Everything else would be freed, that of running pods too, so they must be named by --valid or --valid-from-file. --gone frees what belongs to namespaces that are gone, --dry-run shows it.';

/** Builds `braid gc`. */
export const gcCommand: BuildCommand = (context) => {
  const command = newCommand('gc', {
    description:
      "Frees what the journal holds and nobody has any more, as a runtime's GC does. A runtime knows which attachments are valid; a person must say it. With --dry-run nothing is touched and no lock is taken: without a set, a record counts as valid while its namespace is there. --gone frees what it shows then, by a DEL of each.",
    examples: [
      ['braid gc --dry-run', 'what is recorded for namespaces that are gone'],
      ['braid gc --gone', 'frees it'],
      ['braid gc --dry-run --valid by-hand-blue:eth0', 'what would be freed if this were the only valid attachment'],
      ['braid gc --valid-from-file valid.txt', 'frees all but those of the file'],
    ],
  });
  return withNodeOptions(withoutNames(command, 'To free one container: braid del --container-id.'))
    .option('--dry-run', 'say what would be freed, and why')
    .option('--valid <containerId:ifname>', 'an attachment to keep, by its whole id (repeatable)', validAttachment)
    .option('--valid-from-file <file>', 'attachments to keep: one a line, or the JSON of a GC; "-" is stdin', givenText)
    .option('--gone', 'free the records whose namespace is gone, and nothing else')
    .action((options: GcOptions) => {
      const isNamed = options.valid !== undefined || options.validFromFile !== undefined;
      if (isNamed && options.gone) command.error('error: --gone asks the namespaces what is valid; leave the set out');
      if (!isNamed && !options.dryRun && !options.gone) command.error(NO_SET);
      return runByHand('gc', options, context, () => gc(options, context.environment));
    });
};

async function gc(options: GcOptions, environment: Environment): Promise<number> {
  const node = await loadNodeFile(options.conf);
  if (options.gone && !options.dryRun) return freeGone(node, options, environment);
  const valid = await validSet(options, environment);
  const call: HandCall = {
    verb: 'GC',
    node,
    containerId: '',
    netns: '',
    ifName: '',
    args: '',
    cniPath: cniPathOf(options, environment),
    config: { runtimeConfig: {}, annotations: undefined, validAttachments: valid ?? [] },
  };
  const stateDir = parseRequest(callEnvironment(call, environment))?.config.stateDir ?? '';
  const journal = readJournal(stateDir);
  refuseBeginnings(
    valid ?? [],
    journal.entries.flatMap(({ lookup }) => (lookup.kind === 'found' ? [lookup.record.containerId] : [])),
  );
  const before = options.gone ? judgeGone(journal) : judgeJournal(journal, valid, isNamespaceThere);
  if (options.dryRun) return dryRun(before, { options, environment, node, hasSet: valid !== undefined });
  return collect(call, { before, stateDir, options, environment });
}

async function validSet(options: GcOptions, { readStdin }: Environment): Promise<ValidAttachment[] | undefined> {
  const { valid, validFromFile } = options;
  if (valid === undefined && validFromFile === undefined) return undefined;
  const fromFile = validFromFile === undefined ? [] : await readValidSet(validFromFile, readStdin);
  return [...(valid ?? []), ...fromFile];
}

interface DryRun {
  readonly options: GcOptions;
  readonly environment: Environment;
  readonly node: NodeFile;
  readonly hasSet: boolean;
}

const ASSUMPTION = 'no valid attachments were named, so those count as valid whose namespace is there';

function dryRun(report: GarbageReport, { options, environment, node, hasSet }: DryRun): number {
  const notes = [
    ...nodeFileNotes(node, 'GC', {}),
    ...(hasSet ? [] : [ASSUMPTION]),
    ...unrecordedWarning(report.garbage),
  ];
  if (options.json) {
    writeStdout(jsonText({ braid: { verb: 'GC', isDryRun: true, ...garbageJson(report), notes } }));
    return 0;
  }
  const words = { free: 'would be freed', keep: 'is kept', unusable: 'is not touched' };
  const text = garbageText(report, words, coloursFor(environment));
  writeStdout([text, notesText({ notes, unwrittenStatus: undefined })].filter((part) => part !== '').join('\n'));
  return 0;
}

interface Collecting {
  readonly before: GarbageReport;
  readonly stateDir: string;
  readonly options: GcOptions;
  readonly environment: Environment;
}

async function collect(call: HandCall, { before, stateDir, options, environment }: Collecting): Promise<number> {
  const interrupts = watchInterrupts(GC_WORDS);
  const run = await callByHand(call, environment);
  const left = judgeJournal(readJournal(stateDir), call.config.validAttachments ?? [], isNamespaceThere);
  const stuck = left.verdicts.filter(({ verdict }) => verdict === 'free');
  for (const { netns } of before.garbage.stale) await removeUnusedNamespace(netns, call.node);
  if (options.json) {
    const more: JsonObject = { isDryRun: false, ...garbageJson(before), left: stuck };
    writeStdout(jsonReport(run, more));
    return exitStatus(run, interrupts);
  }
  const colours = coloursFor(environment);
  const words = { free: 'to be freed', keep: 'is kept', unusable: 'is not touched' };
  const freed = before.garbage.stale.length - stuck.length;
  const ending = `${freed} of ${before.garbage.stale.length} stale records freed after ${run.durationMs} ms.\n`;
  const parts = [garbageText(before, words, colours), callTable(run.calls, colours), notesText(run), ending];
  writeStdout(parts.filter((part) => part !== '').join('\n'));
  if (run.error) writeStderr(errorLines('gc', run.error));
  return exitStatus(run, interrupts);
}
