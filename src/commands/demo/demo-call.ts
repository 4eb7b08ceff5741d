/** The demo's calls: requests as containerd would make them, and the ports that serve them. An edge. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NODE_HOST } from '../../catalogue/node-host.ts';
import { openCatalogue } from '../../catalogue/open-catalogue.ts';
import { WHOLE_HOST } from '../../catalogue/whole-host.ts';
import type { Environment } from '../../environment/environment.ts';
import { writeStderr, writeStdout } from '../../environment/standard-streams.ts';
import type { RunDelegate } from '../../execute/run-delegate.ts';
import { spawnDelegates } from '../../execute/spawn-delegate.ts';
import { endSurvivors } from '../../execute/survivors.ts';
import { findAnyPlugin } from '../../network/find-any-plugin.ts';
import { findPlugins } from '../../network/find-plugins.ts';
import { podFromManifest } from '../../pod/from-manifest.ts';
import { deviceInfoOnDisk } from '../../report/device-info-on-disk.ts';
import type { CniRequest } from '../../request/cni-request.ts';
import { argsText, madeRequest, runtimeArgs } from '../../request/made-request.ts';
import { NAMESPACE_HELPER } from '../../schema/namespace-facts.ts';
import { OWN_TYPE } from '../../schema/own-type.ts';
import type { Ports } from '../../stages/ports.ts';
import { openStateDir } from '../../state/on-disk.ts';
import { loadScript } from '../../testing/load-script.ts';
import { ScriptedDelegates } from '../../testing/scripted-delegates.ts';
import { type DemoMode, demoNetworks } from './demo-mode.ts';
import { callLine, demoLog } from './demo-report.ts';

/** What a demo works on. */
export interface DemoScene {
  /** With `pod.yaml`, `net.d/` and `scripted.json`. */
  readonly folder: string;
  readonly mode: DemoMode;
  /** Where the journal lies; gone afterwards. */
  readonly scratch: string;
}

/** The plugin's adapters, with a manifest in the place of the API server, and every call of a delegate printed. */
export async function demoPorts(
  { folder, mode, scratch }: DemoScene,
  { environment, signal }: { environment: Environment; signal: AbortSignal },
): Promise<Ports> {
  const delegates =
    mode.kind === 'real'
      ? { findPlugins, runDelegate: spawnDelegates({ inherited: environment.variables, forwardStderr: writeStderr }) }
      : {
          findPlugins: findAnyPlugin,
          runDelegate: new ScriptedDelegates(await loadScript(join(folder, 'scripted.json'))).run,
        };
  const manifest = podFromManifest(join(folder, 'pod.yaml'));
  return {
    podSources: [manifest],
    localPodSources: [manifest],
    readNamespace: undefined,
    networks: demoNetworks(folder),
    localNetworks: demoNetworks(folder),
    findPlugins: delegates.findPlugins,
    runDelegate: shown(delegates.runDelegate),
    state: openStateDir(join(scratch, 'state')),
    endSurvivors,
    openCatalogue: openCatalogue(undefined),
    isThere: existsSync,
    // A script stands for a node that has everything.
    host: mode.kind === 'real' ? NODE_HOST : WHOLE_HOST,
    deviceInfo: deviceInfoOnDisk,
    removeFile: (path) => rm(path, { force: true }),
    probeApiServer: undefined,
    writeStatus: undefined,
    log: demoLog(),
    signal,
  };
}

function shown(run: RunDelegate): RunDelegate {
  return async (call) => {
    const result = await run(call);
    // The helper is no delegate, and what it is told is no configuration.
    if (basename(call.path) !== NAMESPACE_HELPER) writeStdout(callLine(call, result));
    return result;
  };
}

/** A request as containerd would make it. */
export function demoRequest({ folder, mode, scratch }: DemoScene, netns: string): (verb: 'ADD' | 'DEL') => CniRequest {
  const containerId = 'braid-demo';
  const raw = {
    cniVersion: '1.0.0',
    name: OWN_TYPE,
    type: OWN_TYPE,
    confDir: join(folder, 'net.d'),
    stateDir: join(scratch, 'state'),
  };
  const searchPath = mode.kind === 'real' ? mode.pluginDirs : ['/scripted'];
  const args = argsText(runtimeArgs(undefined, containerId));
  return (verb) => madeRequest({ verb, containerId, netns, searchPath, args, raw });
}
