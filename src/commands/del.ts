/** `braid del`: the runtime's DEL by hand, for what `braid add` or a runtime attached. An edge. */

import { NODE_HOST } from '../catalogue/node-host.ts';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { staleNetns } from '../stages/collect-garbage.ts';
import { wayBack } from './by-hand/add-report.ts';
import { callByHand } from './by-hand/call-by-hand.ts';
import {
  type ContainerOptions,
  cniPathOf,
  NO_NAMES,
  withContainerOptions,
  withNodeOptions,
  withoutNames,
} from './by-hand/hand-options.ts';
import { callTable, errorLines, jsonReport, notesText } from './by-hand/hand-report.ts';
import { inWordsOfInterruption } from './by-hand/interrupted-run.ts';
import { exitStatus, watchInterrupts } from './by-hand/interrupts.ts';
import { removalCommand } from './by-hand/namespace.ts';
import { loadNodeFile } from './by-hand/node-file.ts';
import { findContainer, type RecordedContainer, removeUnusedNamespace } from './by-hand/recorded-container.ts';
import { runByHand } from './by-hand/run-by-hand.ts';
import { type BuildCommand, newCommand } from './command.ts';
import { coloursFor } from './plain-table.ts';

/** Builds `braid del`. */
export const delCommand: BuildCommand = (context) => {
  const command = newCommand('del', {
    description:
      "Takes a container's attachments away as a runtime's DEL does: by its record in the journal, without asking the cluster. A namespace that `braid add --netns new` made goes with the last of its attachments. What is not there is no error.",
    examples: [
      ['braid del --container-id braid-hand-1a2b3c4d', 'as braid add says at its end'],
      ['braid del --netns blue', 'whatever is recorded for this namespace and eth0'],
    ],
  });
  return withNodeOptions(
    withContainerOptions(withoutNames(command, NO_NAMES), 'a namespace by its name or path (default: as recorded)'),
  ).action((options: ContainerOptions) => {
    if (options.netns === undefined && options.containerId === undefined) {
      command.error('error: of which container? Give --container-id or --netns; braid attachments lists them.');
    }
    return runByHand('del', options, context, () => del(options, context.environment));
  });
};

async function del(options: ContainerOptions, environment: Environment): Promise<number> {
  const node = await loadNodeFile(options.conf);
  const container = findContainer(options, node);
  const interrupts = watchInterrupts({
    name: 'del',
    begun: 'the plugin that runs is ended, and what is not deleted stays in the journal',
    left: () =>
      `what is not deleted stays in the journal. ${wayBack({ ...container, ifName: options.ifname }, options)}`,
  });
  const answered = await callByHand(
    {
      verb: 'DEL',
      node,
      containerId: container.containerId,
      netns: netnsOf(container, options),
      ifName: options.ifname,
      args: '',
      cniPath: cniPathOf(options, environment),
      config: { runtimeConfig: {}, annotations: undefined },
    },
    environment,
  );
  const run = inWordsOfInterruption(answered, interrupts);
  // Without a record its attachments may stand in the journal of another configuration.
  const isDone = run.error === undefined && container.record !== undefined;
  const isGone = isDone && (await removeUnusedNamespace(container.netns, node));
  if (options.json) {
    const namespace = { path: container.netns, isGone };
    writeStdout(jsonReport(run, { wasRecorded: container.record !== undefined, namespace }));
  } else {
    const colours = coloursFor(environment);
    const ending = run.error ? '' : endText(container, options, { durationMs: run.durationMs, isGone });
    // That nothing is recorded is said at the end.
    const notes = container.record ? notesText(run) : '';
    writeStdout([callTable(run.calls, colours), notes, ending].filter((part) => part !== '').join('\n'));
    if (run.error) writeStderr(errorLines('del', run.error));
  }
  return exitStatus(run, interrupts);
}

/** A recorded namespace may be another one by now, as for GC; one that a person names is meant. */
function netnsOf({ netns, record }: RecordedContainer, options: ContainerOptions): string {
  return options.netns === undefined && record ? staleNetns(record, { host: NODE_HOST }) : netns;
}

function endText(
  { containerId, netns, record }: RecordedContainer,
  { ifname }: ContainerOptions,
  { durationMs, isGone }: { durationMs: number; isGone: boolean },
): string {
  const gone = isGone ? ` The namespace ${netns} is gone.` : '';
  if (!record) {
    const removal = removalCommand(netns);
    const stays = removal ? ` The namespace stays, for another journal may know of it: ${removal}` : '';
    return `Nothing is recorded for container ${containerId} and ${ifname}; nothing was deleted.${stays}\n`;
  }
  const count = record.attachments.length;
  return `Container ${containerId} has given up ${count} ${count === 1 ? 'network' : 'networks'} after ${durationMs} ms.${gone}\n`;
}
