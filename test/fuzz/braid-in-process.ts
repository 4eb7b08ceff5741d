/** Braid as the plugin composes it, in this process: real files, real locks, delegates as a function. */

import { join } from 'node:path';
import { NODE_HOST } from '../../src/catalogue/node-host.ts';
import { openCatalogue } from '../../src/catalogue/open-catalogue.ts';
import { toCniError } from '../../src/errors.ts';
import type { RunDelegate } from '../../src/execute/run-delegate.ts';
import { SILENT_LOG } from '../../src/log/silent-log.ts';
import { findPlugins } from '../../src/network/find-plugins.ts';
import { networkSource } from '../../src/network/from-all-sources.ts';
import { add, check, del, gc, status } from '../../src/pipeline.ts';
import { podFromCniArgs, podFromRuntimeConfig } from '../../src/pod/from-request.ts';
import { type CniRequest, parseRequest, RequestError } from '../../src/request/cni-request.ts';
import { errorAnswer, versionAnswer } from '../../src/result/answer.ts';
import type { Ports } from '../../src/stages/ports.ts';
import { openStateDir } from '../../src/state/on-disk.ts';
import { environmentOf } from '../samples/request.ts';
import type { Sandbox } from './sandbox.ts';

/** One call: variables and stdin as they are. */
export interface Call {
  readonly variables: Readonly<Record<string, string>>;
  readonly stdin: string;
}

/** What a runtime would see. */
export interface Answer {
  readonly status: number;
  readonly stdout: string;
}

/** Serves one call. Never throws what the plugin itself would not. */
export async function runBraid(sandbox: Sandbox, call: Call, runDelegate: RunDelegate): Promise<Answer> {
  let request: CniRequest | undefined;
  try {
    request = parseRequest(environmentOf({ ...call.variables }, call.stdin));
    if (!request) return { status: 0, stdout: versionAnswer() };
  } catch (cause) {
    const version = cause instanceof RequestError ? cause.cniVersion : undefined;
    return { status: 1, stdout: errorAnswer(toCniError(cause), version) };
  }
  try {
    return { status: 0, stdout: await serve(request, portsOf(request, sandbox, runDelegate)) };
  } catch (cause) {
    return { status: 1, stdout: errorAnswer(toCniError(cause), request.cniVersion) };
  }
}

async function serve(request: CniRequest, ports: Ports): Promise<string> {
  if (request.verb === 'ADD') return (await add(request, ports)).stdout;
  await { DEL: del, CHECK: check, GC: gc, STATUS: status }[request.verb](request, ports);
  return '';
}

function portsOf(request: CniRequest, sandbox: Sandbox, runDelegate: RunDelegate): Ports {
  const sources = [podFromRuntimeConfig(request.config.runtimeConfig), podFromCniArgs(request.podArgs)];
  const { ownType, config } = request;
  const isPluginThere = async () => false;
  const open = openCatalogue(undefined);
  const networks = networkSource({
    confDir: config.confDir,
    ownType,
    isPluginThere,
    openCatalogue: open,
    api: undefined,
  });
  return {
    podSources: sources,
    localPodSources: sources,
    readNamespace: undefined,
    networks,
    localNetworks: networks,
    findPlugins,
    runDelegate,
    state: openStateDir(insideOf(sandbox, request.config.stateDir)),
    isThere: () => false,
    host: NODE_HOST,
    openCatalogue: open,
    deviceInfo: { prepare: async () => undefined, read: async () => undefined },
    removeFile: async () => undefined,
    endSurvivors: async () => [],
    writeStatus: undefined,
    probeApiServer: undefined,
    log: SILENT_LOG,
    signal: new AbortController().signal,
  };
}

/** Wherever a fuzzed configuration wants its state, it gets it below the sandbox's. */
function insideOf(sandbox: Sandbox, stateDir: string): string {
  return stateDir === sandbox.stateDir ? stateDir : join(sandbox.stateDir, 'elsewhere');
}
