/**
 * Delegates that answer from a file: the pipeline without plugins, namespaces or root.
 *
 * The file maps plugin types to the result of their ADD; a plugin without one passes its prevResult on, as a chained
 * plugin does. DEL and CHECK succeed. Nothing is executed.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod/mini';
import { CniError, ErrorCode, errorText } from '../errors.ts';
import type { DelegateCall, RunDelegate } from '../execute/run-delegate.ts';
import type { FindPlugins } from '../network/network-source.ts';
import { firstIssue } from '../schema/issue-text.ts';

const scriptShape = z.record(z.string(), z.record(z.string(), z.unknown()));

/** The ports that scripted delegates stand behind. */
export interface ScriptedDelegates {
  readonly runDelegate: RunDelegate;
  readonly findPlugins: FindPlugins;
}

/** Loads a script. Throws: code 6 when the file cannot be read or is no map of results. */
export async function loadScriptedDelegates(file: string): Promise<ScriptedDelegates> {
  const script = parseScript(file, await readScript(file));
  return {
    runDelegate: async (call) => ({
      end: { kind: 'exited', status: 0 },
      stdout: call.variables['CNI_COMMAND'] === 'ADD' ? JSON.stringify(addResult(call, script)) : '',
      stderr: '',
      durationMs: 0,
    }),
    findPlugins: async (types) => new Map(types.map((type) => [type, { kind: 'found', path: `/scripted/${type}` }])),
  };
}

async function readScript(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new CniError(ErrorCode.decoding, `cannot read the script ${file}: ${errorText(cause)}`, '', { cause });
  }
}

function parseScript(file: string, json: unknown): z.infer<typeof scriptShape> {
  const parsed = scriptShape.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CniError(ErrorCode.decoding, `the script ${file} is not valid: ${firstIssue(parsed.error)}`);
}

function addResult(call: DelegateCall, script: z.infer<typeof scriptShape>): unknown {
  const config: { prevResult?: unknown } = JSON.parse(call.stdin);
  const answer = script[basename(call.path)] ?? config.prevResult;
  if (answer !== undefined) return answer;
  throw new CniError(ErrorCode.invalidConfig, `the script has no answer for the plugin "${basename(call.path)}"`);
}
