/** What `braid add` says at its end: of what was made, of what was taken back, of the namespace. */
import type { Environment } from '../../environment/environment.ts';
import { writeStderr, writeStdout } from '../../environment/standard-streams.ts';
import type { CniError } from '../../errors.ts';
import { USUAL_FILE } from '../../schema/installation.ts';
import { coloursFor } from '../plain-table.ts';
import type { HandRun } from './call-by-hand.ts';
import type { NodeOptions } from './hand-options.ts';
import { callTable, errorLines, jsonReport, notesText, resultText } from './hand-report.ts';
import type { HandNamespace } from './namespace.ts';

/** What an ADD by hand made. */
export interface MadeAdd {
  /** The ADD; of one that was interrupted when it had just succeeded, the error that it came to be. */
  readonly run: HandRun;
  /** The DEL that followed. */
  readonly undone: HandRun | undefined;
  readonly isTakenBack: boolean;
}

/** The same, and what became of the namespace. */
export interface ReportedAdd extends MadeAdd {
  readonly space: HandNamespace;
  readonly isNamespaceGone: boolean;
  /** Why one that was to be removed is still there. */
  readonly namespaceFault: CniError | undefined;
  /** True while the journal has a record of it: all of it, or what could not be taken back. */
  readonly isRecorded: boolean;
}

/** Writes it all, to stdout and stderr. */
export function reportAdd(
  made: ReportedAdd,
  options: Pick<NodeOptions, 'conf' | 'json'>,
  environment: Environment,
): void {
  const { undone, space, isNamespaceGone, isRecorded } = made;
  const run = { ...made.run, calls: [...made.run.calls, ...(undone?.calls ?? [])] };
  if (options.json) {
    const fault = made.namespaceFault && { fault: made.namespaceFault.message };
    const namespace = { path: space.path, isNew: space.isNew, isGone: isNamespaceGone, ...fault };
    writeStdout(
      jsonReport(run, {
        namespace,
        ...(undone && { del: undone.document, delDurationMs: undone.durationMs }),
        ...(isRecorded && { wayBack: delCommand(run.call, options) }),
      }),
    );
    return;
  }
  const colours = coloursFor(environment);
  const parts = [
    run.error ? '' : `${colours.bold(title(made))}\n`,
    run.error ? '' : resultText(run, colours),
    callTable(run.calls, colours),
    notesText(run),
    ending(made, options),
  ];
  writeStdout(parts.filter((part) => part !== '').join('\n'));
  for (const error of [run.error, undone?.error, made.namespaceFault]) if (error) writeStderr(errorLines('add', error));
  if (run.error && isRecorded) writeStderr(`  ${wayBack(run.call, options)}\n`);
  if (run.error && run.call.cluster) writeStderr('  what -f names stands for the API server\n');
}

function title({ run, space }: ReportedAdd): string {
  const { containerId } = run.call;
  const networks = run.chosen.length === 1 ? 'network' : 'networks';
  const fresh = space.isNew ? ', made for it' : '';
  return `Container ${containerId} has ${run.chosen.length} ${networks} after ${run.durationMs} ms, in ${space.path}${fresh}.`;
}

function ending(
  { run, undone, space, isNamespaceGone, isTakenBack, isRecorded }: ReportedAdd,
  options: Pick<NodeOptions, 'conf'>,
): string {
  const left = run.error && isRecorded ? ' What could not be taken back stays in the journal.' : '';
  const gone = isNamespaceGone ? ` The namespace ${space.path} is gone.${left}` : '';
  // Where nothing ran, nobody has seen it.
  if (run.error) return gone === '' || run.calls.length === 0 ? '' : `${gone.trimStart()}\n`;
  if (undone?.error) return `DEL failed: ${delCommand(run.call, options)} tries again.${gone}\n`;
  if (isTakenBack) return `Everything was taken away again after ${undone?.durationMs} ms.${gone}\n`;
  return `${wayBack(run.call, options)}\n`;
}

type Attached = Pick<HandRun['call'], 'containerId' | 'ifName'>;

/** How to take away what is attached. */
export function wayBack(attached: Attached, options: Pick<NodeOptions, 'conf'>): string {
  return `To take it away: ${delCommand(attached, options)}`;
}

/** The command that takes it away, for a shell. */
function delCommand({ containerId, ifName }: Attached, { conf }: Pick<NodeOptions, 'conf'>): string {
  const other = ifName === 'eth0' ? [] : ['--ifname', ifName];
  const same = conf === USUAL_FILE ? [] : ['--conf', conf];
  return ['braid', 'del', '--container-id', containerId, ...other, ...same].map(shellWord).join(' ');
}

/** Quoted where a shell would take it for something else than one word. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
