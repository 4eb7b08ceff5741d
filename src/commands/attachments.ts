/** `braid attachments`: what the journal holds. An edge; it reads, takes no lock and makes nothing. */
import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStdout } from '../environment/standard-streams.ts';
import { parseNodeConfigLeniently } from '../request/node-config.ts';
import { USUAL_FILE } from '../schema/installation.ts';
import { type Journal, readJournal } from '../state/read-journal.ts';
import { jsonText } from './by-hand/hand-report.ts';
import { isNamespaceThere } from './by-hand/namespace.ts';
import { loadNodeFile } from './by-hand/node-file.ts';
import { runByHand } from './by-hand/run-by-hand.ts';
import { absolutePath, type BuildCommand, newCommand } from './command.ts';
import { findRecord, findRecords, NAMES } from './journal/find-record.ts';
import { journalJson, journalText, recordText, wholeRecordJson } from './journal/journal-report.ts';
import { coloursFor } from './plain-table.ts';

/** Where Braid keeps its journal unless its configuration says otherwise. */
const DEFAULT_STATE_DIR = '/var/lib/cni/braid';

interface JournalOptions {
  readonly stateDir?: string;
  readonly conf?: string;
  readonly json?: boolean;
  readonly ifname?: string;
}

/** Builds `braid attachments` with its two parts. */
export const attachmentsCommand: BuildCommand = (context) => {
  const { environment } = context;
  const command = newCommand('attachments', {
    description:
      'Shows what the journal of this node holds: which container has which networks. Nothing is touched or locked.',
    examples: [
      ['braid attachments', 'all of them'],
      ['braid attachments shop/web', 'those of a pod'],
      ['braid attachments show 4f2a9c', 'one whole, with the configuration of each plugin'],
      ['braid attachments show shop/web --json', 'the same of a pod, for a program'],
    ],
  });
  const list = newCommand('attachments list', {
    description: 'Lists all records, or those that are named, and what is damaged or set aside.',
    examples: [
      ['braid attachments list --json', 'for a program'],
      ['braid attachments list shop/web 4f2a9c', 'those of a pod, and those of a container'],
    ],
  })
    .name('list')
    .argument('[name...]', `${NAMES} (default: all records)`, recordNames)
    .action((names: readonly string[], _own: unknown, self: Command) => {
      const options: JournalOptions = self.optsWithGlobals();
      return runByHand('attachments list', options, context, () => showList(names, options, environment));
    });
  const show = newCommand('attachments show', {
    description: 'Prints one record whole; tokens, keys and passwords are hidden.',
    examples: [['braid attachments show 4f2a9c --ifname eth0', 'one of a container that has several']],
  })
    .name('show')
    .argument('<name>', NAMES, recordName)
    .option('--ifname <name>', 'CNI_IFNAME of the record')
    .action((name: string, _own: unknown, self: Command) => {
      const options: JournalOptions = self.optsWithGlobals();
      return runByHand('attachments show', options, context, () => showOne(name, options, environment));
    });
  return withJournalOptions(command)
    .helpCommand(false)
    .addCommand(withJournalOptions(list).summary('list records'), { isDefault: true })
    .addCommand(withJournalOptions(show).summary('print one whole'));
};

/** What begins with nothing is every record. */
function recordName(text: string): string {
  if (text !== '' && !text.startsWith(':')) return text;
  throw new InvalidArgumentError('It must name a pod or a container.');
}

function recordNames(text: string, before: readonly string[] = []): string[] {
  return [...before, recordName(text)];
}

/** On the command and on both of its parts, so that they may stand before and after the part's name. */
function withJournalOptions(command: Command): Command {
  return command
    .option(
      '--state-dir <dir>',
      'the journal (default: that of the configuration, else /var/lib/cni/braid)',
      absolutePath,
    )
    .option('--conf <file>', `Braid's configuration (default: ${USUAL_FILE})`)
    .option('--json', 'print one JSON document');
}

async function showList(names: readonly string[], options: JournalOptions, environment: Environment): Promise<number> {
  const journal = chosen(readJournal(await stateDirOf(options)), names);
  writeStdout(
    options.json
      ? jsonText(journalJson(journal, surroundings()))
      : journalText(journal, surroundings(), coloursFor(environment)),
  );
  return 0;
}

/** What cannot be read stays: it may be what is looked for. */
function chosen(journal: Journal, names: readonly string[]): Journal {
  if (names.length === 0) return journal;
  const files = new Set(findRecords(journal, names).map(({ file }) => file));
  return {
    ...journal,
    entries: journal.entries.filter(({ file, lookup }) => lookup.kind !== 'found' || files.has(file)),
  };
}

async function showOne(name: string, options: JournalOptions, environment: Environment): Promise<number> {
  const kept = findRecord(readJournal(await stateDirOf(options)), name, options.ifname);
  writeStdout(
    options.json
      ? jsonText(wholeRecordJson(kept, surroundings()))
      : recordText(kept, surroundings(), coloursFor(environment)),
  );
  return 0;
}

/** A node on which Braid was never installed has no configuration; its journal may have outlived it. */
async function stateDirOf({ stateDir, conf }: JournalOptions): Promise<string> {
  if (stateDir !== undefined) return stateDir;
  if (conf === undefined && !existsSync(USUAL_FILE)) return DEFAULT_STATE_DIR;
  const { plugin } = await loadNodeFile(conf ?? USUAL_FILE);
  return parseNodeConfigLeniently(plugin.raw).config.stateDir;
}

function surroundings() {
  return { isThere: isNamespaceThere, nowMs: Date.now() };
}
