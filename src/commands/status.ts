/** `braid status`: the runtime's STATUS by hand, with every part that fails in a line of its own. An edge. */
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import type { CniError } from '../errors.ts';
import { NotReady } from '../stages/assert-ready.ts';
import { callByHand, type HandRun } from './by-hand/call-by-hand.ts';
import { cniPathOf, type NodeOptions, withNodeOptions } from './by-hand/hand-options.ts';
import { callTable, jsonReport, notesText } from './by-hand/hand-report.ts';
import { exitStatus, watchInterrupts, wordsOfReading } from './by-hand/interrupts.ts';
import { loadNodeFile } from './by-hand/node-file.ts';
import { runByHand } from './by-hand/run-by-hand.ts';
import { type BuildCommand, newCommand } from './command.ts';
import { coloursFor } from './plain-table.ts';

/** Builds `braid status`. */
export const statusCommand: BuildCommand = (context) =>
  withNodeOptions(
    newCommand('status', {
      description:
        "Tells whether this node could attach an ordinary pod now, as a runtime's STATUS does: the state folder, the API server where it is needed, the default networks with their plugins and the plugins' own STATUS.",
      examples: [
        ['braid status', 'for the configuration of this node'],
        ['braid status --conf ./00-braid.conflist --json', 'for another one, to be read by a program'],
      ],
      exitStatus: '0 ready, 1 not ready, 2 wrong usage, 130 interrupted',
    }),
  ).action((options: NodeOptions) => runByHand('status', options, context, () => status(options, context.environment)));

async function status(options: NodeOptions, environment: Environment): Promise<number> {
  const node = await loadNodeFile(options.conf);
  const interrupts = watchInterrupts(wordsOfReading('status'));
  const run = await callByHand(
    {
      verb: 'STATUS',
      node,
      containerId: '',
      netns: '',
      ifName: '',
      args: '',
      cniPath: cniPathOf(options, environment),
      config: { runtimeConfig: {}, annotations: undefined },
    },
    environment,
  );
  const faults = faultsOf(run);
  if (options.json) {
    const listed = faults.map(({ code, message, details }) => ({ code, msg: message, ...(details && { details }) }));
    writeStdout(jsonReport(run, { isReady: faults.length === 0, faults: listed }));
    return exitStatus(run, interrupts);
  }
  const colours = coloursFor(environment);
  const ending = faults.length === 0 ? `${colours.green('ready')} after ${run.durationMs} ms\n` : '';
  writeStdout([callTable(run.calls, colours), notesText(run), ending].filter((part) => part !== '').join('\n'));
  if (faults.length > 0) writeStderr(`braid status: not ready\n${faults.map(faultLine).join('')}`);
  return exitStatus(run, interrupts);
}

function faultsOf({ error }: HandRun): readonly CniError[] {
  if (error instanceof NotReady) return error.faults;
  return error ? [error] : [];
}

function faultLine({ code, message, details }: CniError): string {
  return `  - ${message} (code ${code})\n${details === '' ? '' : `    ${details}\n`}`;
}
