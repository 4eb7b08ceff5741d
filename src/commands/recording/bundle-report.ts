/** Bundles for people and for programs. Pure text. */
import { basename, dirname } from 'node:path';
import { parseCniArgs, podIdentity } from '../../request/cni-args.ts';
import type { Bundle, BundledCall } from '../../schema/bundle.ts';
import { isJsonObject } from '../../schema/json.ts';
import { endText } from '../by-hand/observed-call.ts';
import type { Colours } from '../plain-table.ts';
import { plainTable } from '../plain-table.ts';
import { plainText } from '../printable.ts';

/** A bundle and where it lies. */
export interface ListedBundle {
  readonly file: string;
  readonly bundle: Bundle;
}

/** One line each, below the folder that they lie in. */
export function listText(bundles: readonly ListedBundle[], colours: Colours): string {
  if (bundles.length === 0) return 'Nothing is recorded.\n';
  const folders = [...new Set(bundles.map(({ file }) => dirname(file)))];
  return folders
    .map((folder) => {
      const inside = bundles.filter(({ file }) => dirname(file) === folder);
      return `${plainText(folder)}\n${folderTable(inside, colours)}`;
    })
    .join('\n');
}

function folderTable(bundles: readonly ListedBundle[], colours: Colours): string {
  const rows = bundles.map(({ file, bundle }) => [
    bundle.recordedAt.replace('T', ' ').replace(/\.\d+Z$/, ''),
    bundle.request.verb,
    podOf(bundle),
    String(bundle.delegates.length),
    milliseconds(bundle.durationMs),
    outcomeOf(bundle),
    basename(file),
  ]);
  const head = ['RECORDED (UTC)', 'VERB', 'POD', 'CALLS', 'DURATION', 'OUTCOME', 'FILE'];
  return plainTable(head, rows.map(plainRow), colours);
}

/** What a bundle says may come from anybody. */
function plainRow(row: readonly string[]): string[] {
  return row.map(plainText);
}

function plainLines(text: string): string {
  return text.split('\n').map(plainText).join('\n');
}

/** The keys are documented in docs/record.md. */
export function listJson(bundles: readonly ListedBundle[]): object {
  return {
    bundles: bundles.map(({ file, bundle }) => ({
      file,
      recordedAt: bundle.recordedAt,
      verb: bundle.request.verb,
      pod: podOf(bundle),
      containerId: bundle.request.variables['CNI_CONTAINERID'] ?? '',
      ifName: bundle.request.variables['CNI_IFNAME'] ?? '',
      calls: bundle.delegates.length,
      durationMs: bundle.durationMs,
      exitCode: bundle.answer.exitCode,
      ...(errorIn(bundle) ? { error: errorIn(bundle) } : {}),
    })),
  };
}

/** One, from the request to its answer. */
export function bundleText(bundle: Bundle, colours: Colours): string {
  const { request, pod, recordedAt, braid, log, node, cluster } = bundle;
  const asked = cluster.map(({ path, answer }) => plainText(`  GET ${path}: ${answerText(answer)}`).concat('\n'));
  const notes = Object.entries(pod?.annotations ?? {}).filter(([, value]) => value !== '(hidden)');
  const parts = [
    `${colours.bold(plainText(`${request.verb} of ${podOf(bundle) || containerOf(bundle) || 'this node'}`))}, ${plainText(`${recordedAt}, by Braid ${braid}`)}\n`,
    containerOf(bundle) === ''
      ? ''
      : plainText(`container ${containerOf(bundle)}, namespace ${request.variables['CNI_NETNS'] ?? ''}`).concat('\n'),
    ...notes.map(([key, value]) => plainText(`annotation ${key}: ${value}`).concat('\n')),
    `${counted(Object.keys(node.files).length, 'file')} of the node read, ${counted(bundle.journal.before.length, 'record')} in the journal before\n`,
    asked.length > 0 ? `\nThe API server was asked:\n${asked.join('')}` : '',
    bundle.delegates.length > 0 ? `\n${callTable(bundle.delegates, colours)}` : '\nNo plugin ran.\n',
    log.length > 0 ? `\n${log.map((line) => `log: ${plainText(line)}\n`).join('')}` : '',
    `\n${plainLines(answerLines(bundle))}`,
  ];
  return parts.join('');
}

function callTable(calls: readonly BundledCall[], colours: Colours): string {
  const rows = calls.map((call) => [
    milliseconds(call.startMs),
    call.variables['CNI_COMMAND'] ?? 'look',
    isJsonObject(call.stdin) ? String(call.stdin['name'] ?? '') : '',
    call.variables['CNI_IFNAME'] ?? '',
    basename(call.path),
    milliseconds(call.durationMs),
    endOf(call),
  ]);
  return plainTable(['AT', 'CALL', 'NETWORK', 'INTERFACE', 'PLUGIN', 'DURATION', 'END'], rows.map(plainRow), colours);
}

function endOf({ end, stdout }: BundledCall): string {
  const isError = end.kind === 'exited' && end.status !== 0 && isJsonObject(stdout) && stdout['msg'] !== undefined;
  return isError ? `error ${String(stdout['code'])}: ${String(stdout['msg'])}` : endText(end);
}

function answerText(answer: Bundle['cluster'][number]['answer']): string {
  switch (answer.kind) {
    case 'ok':
      return 'answered';
    case 'absent':
      return 'there is none';
    case 'refused':
      return `refused, ${answer.status} ${answer.message}`;
    case 'unreachable':
      return answer.cause;
  }
}

function answerLines(bundle: Bundle): string {
  const error = errorIn(bundle);
  const after = `after ${bundle.durationMs.toFixed(1)} ms`;
  if (!error) return `succeeded ${after}\n`;
  const { details } = bundle.answer.stdout ?? {};
  const hint = typeof details === 'string' && details !== '' ? `  ${details}\n` : '';
  return `failed with code ${error.code} ${after}: ${error.msg}\n${hint}`;
}

function outcomeOf(bundle: Bundle): string {
  const error = errorIn(bundle);
  return error ? `error ${error.code}` : 'ok';
}

function errorIn({ answer }: Bundle): { code: number; msg: string } | undefined {
  if (answer.exitCode === 0) return undefined;
  return { code: Number(answer.stdout?.['code'] ?? 0), msg: String(answer.stdout?.['msg'] ?? 'no answer') };
}

/** A DEL looks no pod up; its arguments name it. */
function podOf({ pod, request }: Bundle): string {
  const known = pod ?? podIdentity(parseCniArgs(request.variables['CNI_ARGS'] ?? ''));
  return known ? `${known.namespace}/${known.name}` : '';
}

function containerOf({ request }: Bundle): string {
  const { CNI_CONTAINERID: id = '', CNI_IFNAME: ifName = '' } = request.variables;
  return id === '' ? '' : `${id.slice(0, 13)} ${ifName}`;
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1).padStart(7)} ms`;
}
