/** Recording switched on and off: the key `record` of Braid's own configuration file, changed in its place. Touches disk. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { applyEdits, modify } from 'jsonc-parser';
import { writeStdout } from '../../environment/standard-streams.ts';
import { CniError, ErrorCode } from '../../errors.ts';
import { fileFault } from '../../file-fault.ts';
import { readRegularFile } from '../../read-regular-file.ts';
import { parseNodeConfigLeniently } from '../../request/node-config.ts';
import { isJsonObject, type JsonObject } from '../../schema/json.ts';
import { isOwnPlugin } from '../../schema/own-type.ts';
import { jsonText } from '../by-hand/hand-report.ts';
import { loadNodeFile } from '../by-hand/node-file.ts';

/** Where it is switched off. */
export interface OffOptions {
  readonly conf: string;
  readonly json?: true;
}

/** What is to be recorded. */
export interface OnOptions extends OffOptions {
  readonly requests: number;
  readonly podLabel?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Switches it on, with a folder of its own, so that as many as were asked for come. Throws: what is wrong with the file. */
export async function switchOn({ requests, podLabel, folder, conf, json }: OnOptions): Promise<number> {
  const { stateDir, kube } = await configurationOf(conf);
  if (podLabel && !kube) {
    throw new CniError(
      ErrorCode.invalidConfig,
      `${conf} names no kubeconfig, and only the API server knows the labels of pods`,
      'leave --pod-label out, or add the key "kubeconfig"',
    );
  }
  const place = folder ?? `${stateDir}/recordings/${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`;
  const record = { requests, ...(podLabel ? { podLabels: podLabel } : {}), folder: place };
  await setRecordKey(conf, record);
  const pairs = Object.entries(podLabel ?? {}).map((pair) => pair.join('='));
  const which = pairs.length > 0 ? ` for pods with ${pairs.join(' and ')}` : '';
  const count = requests === 1 ? 'the next request' : `the next ${requests} requests`;
  const text = `Recording is on in ${conf}: ${count}${which} will be written to ${place}, as soon as the runtime has read the file again.\n`;
  writeStdout(json ? jsonText({ file: conf, record }) : text);
  return 0;
}

/** Switches it off. Throws: what is wrong with the file. */
export async function switchOff({ conf, json }: OffOptions): Promise<number> {
  const { record } = await configurationOf(conf);
  if (record) await setRecordKey(conf, undefined);
  const text = record
    ? `Recording is off in ${conf}. What was recorded stays in ${record.folder}.\n`
    : `Recording is not on in ${conf}.\n`;
  writeStdout(json ? jsonText({ file: conf, record: null, folder: record?.folder ?? null }) : text);
  return 0;
}

/** Where bundles of this node are, as far as there are any. Throws: what is wrong with the file. */
export async function recordedFolders(conf: string): Promise<string[]> {
  const { stateDir, record } = await configurationOf(conf);
  return [...new Set([`${stateDir}/recordings`, ...(record ? [record.folder] : [])])].filter(isThere);
}

/** What may not be looked at is not nothing: it is left for the reading to say. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

async function configurationOf(conf: string) {
  const { plugin } = await loadNodeFile(conf);
  return parseNodeConfigLeniently(plugin.raw).config;
}

/** Nothing else of the file is changed, and a runtime that reads it meanwhile gets the old or the new one. */
async function setRecordKey(conf: string, value: JsonObject | undefined): Promise<void> {
  const text = await readRegularFile(conf);
  const path = [...ownPath(JSON.parse(text)), 'record'];
  const edited = applyEdits(text, modify(text, path, value, { formattingOptions: formatOf(text) }));
  // A key that stands twice is changed where it stands first, and counts where it stands last.
  if (JSON.stringify(valueAt(JSON.parse(edited), path)) !== JSON.stringify(value)) {
    throw new CniError(ErrorCode.invalidConfig, `${conf} has a key twice`, 'take one of them away');
  }
  try {
    replaceFile(realpathSync(conf), edited);
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot change ${conf}: ${fileFault(cause)}`, '', { cause });
  }
}

function valueAt(json: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string | number, unknown> | undefined)?.[key], json);
}

/** Whole, with the mode and the owner it had, and on the disk before it has the name: no network comes up without it. */
function replaceFile(file: string, text: string): void {
  const { mode, uid, gid } = statSync(file);
  // Of this process alone, and of a name that no runtime takes for a configuration.
  const temporary = `${file}.${process.pid}.tmp`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeFileSync(descriptor, text);
    fchownSync(descriptor, uid, gid);
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  } finally {
    closeSync(descriptor);
  }
}

/** Where our own entry stands: in a list, or alone. */
function ownPath(json: unknown): (string | number)[] {
  const plugins = isJsonObject(json) && Array.isArray(json['plugins']) ? json['plugins'] : undefined;
  if (!plugins) return [];
  return ['plugins', plugins.findIndex((plugin) => isJsonObject(plugin) && isOwnPlugin(plugin))];
}

function formatOf(text: string) {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.length, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}
