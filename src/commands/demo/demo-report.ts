/** What the demo prints: headings, the choice of networks, one line a delegate call. Bold only on a terminal. */
import { basename } from 'node:path';
import { writeStdout } from '../../environment/standard-streams.ts';
import type { DelegateCall, DelegateRun } from '../../execute/run-delegate.ts';
import type { Log, LogFields } from '../../log/log.ts';
import { SILENT_LOG } from '../../log/silent-log.ts';
import type { Colours } from '../plain-table.ts';

/** Prints the title of a part. */
export function heading(title: string, { bold }: Pick<Colours, 'bold'>): void {
  writeStdout(`\n${bold(title)}\n`);
}

/** One delegate call as a line: network, interface, verb, plugin, duration, how it ended. */
export function callLine({ path, variables, stdin }: DelegateCall, { end, durationMs }: DelegateRun): string {
  const { name }: { name?: string } = JSON.parse(stdin);
  const ended = end.kind === 'exited' ? (end.status === 0 ? 'ok' : `exit status ${end.status}`) : end.kind;
  const columns = [
    variables['CNI_COMMAND']?.padEnd(5),
    (name ?? '').padEnd(10),
    variables['CNI_IFNAME']?.padEnd(6),
    basename(path).padEnd(10),
  ];
  return `  ${columns.join(' ')} ${durationMs.toFixed(1).padStart(7)} ms  ${ended}\n`;
}

/** A log that prints what was chosen and every warning. */
export function demoLog(): Log {
  const say = (message: string) => writeStdout(`  ${message}\n`);
  const chosen = ({ network, interface: ifName, isPrimary, why }: LogFields) =>
    `network "${network}" on ${ifName}: ${why}${isPrimary ? " (the pod's primary network)" : ''}`;
  return {
    ...SILENT_LOG,
    info: (fields, message) => say(fields['event'] === 'selected' ? chosen(fields) : `note: ${message}`),
    warn: (_fields, message) => say(`note: ${message}`),
    error: (_fields, message) => say(`error: ${message}`),
  };
}

/** A result as JSON with one line for each interface, address and route. */
export function resultText(json: string): string {
  const result: Record<string, unknown> = JSON.parse(json);
  const parts = Object.entries(result).map(([key, value]) => {
    const text = Array.isArray(value)
      ? `[\n    ${value.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${parts.join(',\n')}\n}\n`;
}
