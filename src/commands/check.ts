/** `braid check`: the runtime's CHECK by hand, against what the journal holds. An edge. */
import { openCatalogue } from '../catalogue/open-catalogue.ts';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { parseRequest } from '../request/cni-request.ts';
import { parseResult, printResult } from '../result/result-versions.ts';
import type { JsonObject } from '../schema/json.ts';
import { mergedAnswer } from '../stages/merged-answer.ts';
import type { AttachmentRecord } from '../state/state-store.ts';
import { callByHand, callEnvironment, type HandCall } from './by-hand/call-by-hand.ts';
import {
  type ContainerOptions,
  cniPathOf,
  NO_NAMES,
  withContainerOptions,
  withNodeOptions,
  withoutNames,
} from './by-hand/hand-options.ts';
import { callTable, errorLines, jsonReport, notesText } from './by-hand/hand-report.ts';
import { exitStatus, watchInterrupts, wordsOfReading } from './by-hand/interrupts.ts';
import { loadNodeFile } from './by-hand/node-file.ts';
import { findContainer } from './by-hand/recorded-container.ts';
import { runByHand } from './by-hand/run-by-hand.ts';
import { type BuildCommand, newCommand } from './command.ts';
import { coloursFor } from './plain-table.ts';

/** Builds `braid check`. */
export const checkCommand: BuildCommand = (context) => {
  const command = newCommand('check', {
    description:
      "Asks every plugin of a container whether what it made is still there, as a runtime's CHECK does, and looks into the namespace. The previous result, which a runtime would hand over, is made from the journal.",
    examples: [
      ['braid check --container-id braid-hand-1a2b3c4d', 'what braid add attached'],
      ['braid check --netns blue --ifname eth0', 'whatever is recorded for this namespace'],
    ],
  });
  return withNodeOptions(
    withContainerOptions(withoutNames(command, NO_NAMES), 'a namespace by its name or path (default: as recorded)'),
  ).action((options: ContainerOptions) => {
    if (options.netns === undefined && options.containerId === undefined) {
      command.error('error: which container? Give --container-id or --netns; braid attachments lists them.');
    }
    return runByHand('check', options, context, () => check(options, context.environment));
  });
};

async function check(options: ContainerOptions, environment: Environment): Promise<number> {
  const node = await loadNodeFile(options.conf);
  const { containerId, netns, record } = findContainer(options, node);
  const call: HandCall = {
    verb: 'CHECK',
    node,
    containerId,
    // CHECK wants to be told of one before it looks into the journal and says that there is no record.
    netns: netns || '/',
    ifName: options.ifname,
    args: '',
    cniPath: cniPathOf(options, environment),
    config: { runtimeConfig: {}, annotations: undefined, prevResult: { cniVersion: node.cniVersion } },
  };
  const interrupts = watchInterrupts(wordsOfReading('check'));
  const prevResult = record && (await recordedAnswer(record, call, environment));
  const run = await callByHand(prevResult ? { ...call, config: { ...call.config, prevResult } } : call, environment);
  if (options.json) {
    writeStdout(jsonReport(run));
  } else {
    const colours = coloursFor(environment);
    const count = record?.attachments.length ?? 0;
    const networks = `${count} ${count === 1 ? 'network' : 'networks'}`;
    const ending = run.error ? '' : `Container ${containerId} passed with ${networks} after ${run.durationMs} ms.\n`;
    writeStdout([callTable(run.calls, colours), notesText(run), ending].filter((part) => part !== '').join('\n'));
    if (run.error) writeStderr(errorLines('check', run.error));
  }
  return exitStatus(run, interrupts);
}

/** What the ADD of a record answered, as far as the plugins before Braid, if any, had no part in it. */
async function recordedAnswer(
  { attachments }: AttachmentRecord,
  call: HandCall,
  environment: Environment,
): Promise<JsonObject | undefined> {
  const request = parseRequest(callEnvironment(call, environment));
  if (!request) return undefined;
  const made = attachments.flatMap((attachment) =>
    attachment.result ? [{ attachment, result: parseResult(attachment.result, attachment.cniVersion).result }] : [],
  );
  const catalogue = await openCatalogue(request.config.profileDir)();
  return printResult(mergedAnswer(made, request, { catalogue, prevResult: undefined }).result, request.cniVersion);
}
