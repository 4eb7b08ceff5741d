/** `braid trace`: what calls waited for, from the file of the key `trace` or any other of OTLP's JSON. An edge. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Environment } from '../environment/environment.ts';
import { writeStderr, writeStdout } from '../environment/standard-streams.ts';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import { parseNodeConfigLeniently } from '../request/node-config.ts';
import { USUAL_FILE } from '../schema/installation.ts';
import { jsonText } from './by-hand/hand-report.ts';
import { loadNodeFile } from './by-hand/node-file.ts';
import { type BuildCommand, givenText, newCommand, runCommand, wholeNumber } from './command.ts';
import { coloursFor } from './plain-table.ts';
import { plainText } from './printable.ts';
import { chooseRequests, type Wanted } from './trace/choose-requests.ts';
import { type DamagedLine, type GivenText, readTraceFile, readTraces } from './trace/read-traces.ts';
import { traceDocument } from './trace/trace-json.ts';
import type { TracedRequest } from './trace/traced-request.ts';
import { waterfallText } from './trace/waterfall-text.ts';
import { writePageFile } from './trace/write-page.ts';

/** So many requests are shown of those that are wanted, unless somebody says how many. */
const USUAL_LAST = { text: 10, page: 100 };
/** So many damaged lines are named. */
const NAMED_LINES = 5;

interface TraceOptions extends Wanted {
  readonly conf: string;
  readonly last?: number;
  readonly json?: true;
  readonly html?: string;
}

/** Builds `braid trace`. */
export const traceCommand: BuildCommand = (context) =>
  newCommand('trace', {
    description:
      'Shows calls that were traced, the newest last: what each waited for, which plugins ran, how long, what went in and out, and how they ended. The key "trace" of the configuration switches it on; docs/trace.md tells more.',
    examples: [
      ['braid trace', "the last calls, from the file of this node's configuration"],
      ['braid trace --pod shop/web --failed', 'those of a pod that went wrong'],
      ['braid trace --slow 500 --html slow.html', 'those of half a second and more, as a page for a browser'],
      ["braid trace --json | jq '.requests[].durationMs'", 'for a program'],
    ],
  })
    .argument(
      '[file...]',
      'files of OTLP\'s JSON, "-" is stdin (default: the file of the key "trace", and its predecessor)',
    )
    .option('--conf <file>', "Braid's configuration", USUAL_FILE)
    .option('--last <n>', 'the last so many (default: 10, or 100 on a page, or all with --json)', wholeNumber(1))
    .option('--container-id <id>', 'those of a container, by its id or the beginning of it', givenText)
    .option('--pod <name>', 'those of a pod: namespace/name, or a name alone', givenText)
    .option('--slow <ms>', 'those that took so long or longer', wholeNumber(0, 86_400_000))
    .option('--failed', 'those that failed, or in which something did')
    .option('--html <file>', 'write a page for a browser, "-" is stdout', givenText)
    .option('--json', 'print one JSON document')
    .action((files: readonly string[], options: TraceOptions, self: Command) => {
      if (options.html !== undefined && options.json)
        self.error('error: --html and --json are two ways to show the same.');
      return runCommand('trace', context, () => trace(files, options, context.environment));
    });

async function trace(files: readonly string[], options: TraceOptions, environment: Environment): Promise<number> {
  const texts = await textsOf(files, options, environment);
  const { requests, damaged } = readTraces(texts);
  const wanted = chooseRequests(requests, options);
  if (options.json) {
    writeStdout(jsonText(traceDocument(lastOf(wanted, options.last), damaged)));
    return 0;
  }
  tellDamaged(damaged);
  if (options.html !== undefined) return writePage(options.html, wanted, { options, texts });
  const shown = lastOf(wanted, options.last ?? USUAL_LAST.text);
  const colours = coloursFor(environment);
  const earlier = wanted.length - shown.length;
  if (earlier > 0 && options.last === undefined)
    writeStdout(colours.dim(`${callsText(earlier)} before these: --last shows more\n\n`));
  if (shown.length === 0) writeStdout(noneText(requests, texts));
  for (const [index, request] of shown.entries()) {
    if (!writeStdout(`${index === 0 ? '' : '\n'}${waterfallText(request, colours)}`)) break;
  }
  return 0;
}

async function textsOf(
  files: readonly string[],
  { conf }: TraceOptions,
  { readStdin }: Environment,
): Promise<GivenText[]> {
  const named = files.length > 0 ? files : await filesOf(conf);
  return Promise.all(
    named.map(async (file) => (file === '-' ? { file: 'stdin', text: readStdin() } : readTraceFile(file))),
  );
}

/** The file that the configuration names, after the one that was set aside when that was begun. */
async function filesOf(conf: string): Promise<string[]> {
  const { plugin } = await loadNodeFile(conf);
  const file = parseNodeConfigLeniently(plugin.raw).config.trace?.file;
  if (file === undefined) {
    const hint = `add "trace": {"file": "/var/log/braid-trace.jsonl"} to it, or name a file: braid trace FILE`;
    throw new CniError(ErrorCode.invalidConfig, `${conf} has no key "trace" with a file`, hint);
  }
  const before = `${file}.1`;
  const there = [before, file].filter((path) => existsSync(path));
  if (there.length > 0) return there;
  const hint = 'each call of the runtime after the key "trace" was set adds to it: braid add makes one by hand';
  throw new CniError(ErrorCode.io, `there is no file ${file} yet`, hint);
}

function lastOf<T>(all: readonly T[], count: number | undefined): readonly T[] {
  return count === undefined ? all : all.slice(-count);
}

function tellDamaged(damaged: readonly DamagedLine[]): void {
  for (const { file, line, cause } of damaged.slice(0, NAMED_LINES))
    writeStderr(`braid trace: ${plainText(file)}: line ${line} is left out: ${plainText(cause)}\n`);
  const more = damaged.length - NAMED_LINES;
  if (more > 0) writeStderr(`braid trace: ${more} further ${more === 1 ? 'line is' : 'lines are'} left out\n`);
}

function noneText(requests: readonly TracedRequest[], texts: readonly GivenText[]): string {
  const where = texts.map(({ file }) => plainText(file)).join(', ');
  return requests.length === 0
    ? `No call in ${where}.\n`
    : `None of the ${callsText(requests.length)} in ${where} is like that.\n`;
}

function callsText(count: number): string {
  return count === 1 ? '1 call' : `${count} calls`;
}

async function writePage(
  file: string,
  wanted: readonly TracedRequest[],
  { options, texts }: { readonly options: TraceOptions; readonly texts: readonly GivenText[] },
): Promise<number> {
  const { tracePage } = await import('./trace/page.ts');
  const shown = lastOf(wanted, options.last ?? USUAL_LAST.page);
  const page = tracePage(shown, { files: texts.map((text) => text.file), earlier: wanted.length - shown.length });
  if (file === '-') {
    writeStdout(page);
    return 0;
  }
  try {
    writePageFile(file, page);
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot write ${file}: ${errorText(cause)}`, '', { cause });
  }
  writeStdout(`${file}: ${callsText(shown.length)}\n`);
  return 0;
}
