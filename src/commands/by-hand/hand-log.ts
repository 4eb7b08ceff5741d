/** What Braid says while it serves a call by hand, kept for the report: nothing goes to the node's log file. */
import type { Log, LogFields } from '../../log/log.ts';
import { SILENT_LOG } from '../../log/silent-log.ts';

/** One network that was chosen, by the interface that it gets. */
export interface ChosenNetwork {
  readonly ifName: string;
  readonly network: string;
  readonly reference: string;
  readonly isPrimary: boolean;
  readonly why: string;
  readonly annotationsFrom: string;
}

/** A log and what it has been told. */
export interface HandLog {
  readonly log: Log;
  readonly notes: string[];
  readonly chosen: ChosenNetwork[];
}

/** Opens it. Errors are the answer's, and what is for debugging is left out. */
export function openHandLog(): HandLog {
  const notes: string[] = [];
  const chosen: ChosenNetwork[] = [];
  const note = ({ cause, plugin }: LogFields, message: string) => {
    const where = plugin === undefined ? '' : `plugin "${plugin}": `;
    notes.push(`${where}${message}${cause === undefined ? '' : `: ${cause}`}`);
  };
  const log: Log = {
    ...SILENT_LOG,
    info: (fields, message) => {
      if (fields['event'] !== 'selected') return note(fields, message);
      chosen.push(chosenNetwork(fields));
    },
    warn: note,
  };
  return { log, notes, chosen };
}

function chosenNetwork(fields: LogFields): ChosenNetwork {
  const text = (key: string) => String(fields[key] ?? '');
  return {
    ifName: text('interface'),
    network: text('network'),
    reference: text('reference'),
    isPrimary: fields['isPrimary'] === true,
    why: text('why'),
    annotationsFrom: text('annotationsFrom'),
  };
}
