/**
 * The node that this process runs on, for the checks. Touches disk, processes and network, and changes nothing.
 *
 * An edge: it chooses the adapters, those that a call of the runtime has. Whatever may lie on a disk that hangs is asked for in
 * a way that can be left, before code is let near that waits for it.
 */
import { NODE_HOST } from '../catalogue/node-host.ts';
import { CallDeadlines } from '../deadline.ts';
import type { Environment } from '../environment/environment.ts';
import { spawnDelegates } from '../execute/spawn-delegate.ts';
import { openKubeClient } from '../kube/https-client.ts';
import type { KubeClient, OpenKubeClient } from '../kube/kube-client.ts';
import { loadNodeAccess } from '../kube/node-access.ts';
import { SILENT_LOG } from '../log/silent-log.ts';
import { isOwn } from '../network/read-conf-dir.ts';
import { nodePorts, oneClientApi } from '../node-ports.ts';
import { searchPath } from '../plan/plan.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { Ports } from '../stages/ports.ts';
import { readJournal } from '../state/read-journal.ts';
import { askAgent, greetAgent } from './ask-agent.ts';
import type { ExaminedNode } from './examined-node.ts';
import { answers, NODE_DISK } from './node-disk.ts';
import { type OwnPlaces, readOwnFile, requestFor } from './own-file.ts';
import { runProgram } from './run-program.ts';

/** Which node, and where its parts are. */
export interface NodePlaces extends OwnPlaces {
  readonly agentSocket: string;
  readonly agentListen: string;
}

/** Opens the node; nothing is read yet. `close` lets go of what was opened. */
export function openNode(
  places: NodePlaces,
  environment: Environment,
  signal: AbortSignal,
): { readonly node: ExaminedNode; close(): void } {
  const deadlines = new CallDeadlines(signal);
  const clients: KubeClient[] = [];
  const own = once(async () => {
    await answers(places.conf ?? places.runtimeDir);
    return readOwnFile(places);
  });
  const request = once(async () => requestFor(await own(), places));
  const open = async (deadline: AbortSignal) => {
    const client = openKubeClient(await loadNodeAccess((await request()).config.kube, deadline));
    clients.push(client);
    return client;
  };
  const node: ExaminedNode = {
    ...places,
    ...NODE_DISK,
    isRoot: process.getuid?.() === 0,
    nowMs: Date.now(),
    own,
    request,
    ports: once(async () => {
      const asked = await request();
      await answers(asked.config.stateDir);
      return portsOf(asked, open, { environment, signal, deadlines });
    }),
    journal: once(async () => {
      const { stateDir } = (await request()).config;
      await answers(stateDir);
      return readJournal(stateDir);
    }),
    networks: once(async () => {
      const { config, ownType } = await request();
      const files = (await NODE_DISK.configFiles(config.confDir)).filter((file) => !isOwn(file, ownType));
      return files.flatMap((file) => (file.kind === 'read' ? [file.list] : []));
    }),
    searchPath: once(async () => {
      const folders = searchPath(await request());
      await Promise.all(folders.map(answers));
      return folders;
    }),
    loadAccess: async (deadline) => loadNodeAccess((await request()).config.kube, deadline),
    askApi: async (path, deadline) => (await open(deadline)).get(path, deadline),
    greetAgent: (deadline) => greetAgent(places.agentSocket, deadline),
    askAgent: (path, deadline) => askAgent(places.agentListen, path, deadline),
    runProgram: (path, args, variables) =>
      runProgram(path, args, { PATH: environment.variables['PATH'] ?? '', ...variables }),
  };
  const close = () => {
    deadlines.end();
    for (const client of clients) client.close();
  };
  return { node, close };
}

interface Surroundings {
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly deadlines: CallDeadlines;
}

/** Those of a runtime's call; nothing is said, nothing left by an earlier call is ended, and nothing written to pods. */
function portsOf(request: CniRequest, open: OpenKubeClient, { environment, signal, deadlines }: Surroundings): Ports {
  return nodePorts(request, {
    log: SILENT_LOG,
    signal,
    deadlines,
    hasApi: request.config.kube !== undefined,
    api: oneClientApi(open, async () => undefined),
    runDelegate: spawnDelegates({ inherited: environment.variables, forwardStderr: () => undefined }),
    host: NODE_HOST,
    endSurvivors: async () => [],
  });
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
