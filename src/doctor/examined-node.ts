/** What checks see of a node: the port. Everything in it is read when it is asked for, and once. */
import type { KubeAccess } from '../kube/kube-access.ts';
import type { KubeResponse } from '../kube/kube-client.ts';
import type { ConfigFile } from '../network/match-network.ts';
import type { NetworkConfigList } from '../network/network-source.ts';
import type { CniRequest } from '../request/cni-request.ts';
import type { Ports } from '../stages/ports.ts';
import type { Journal } from '../state/read-journal.ts';

/** The file in which Braid's own configuration stands. */
export type OwnFile =
  | {
      readonly kind: 'found';
      readonly file: string;
      /** A call of the runtime for a pod of no name, so that what is asked of it is answered as for a pod. */
      readonly request: CniRequest;
      /** Of the file: permission bits. */
      readonly mode: number;
    }
  /** `request`: one by the defaults of the keys that are wrong, where that can be had. */
  | { readonly kind: 'broken'; readonly file: string; readonly cause: string; readonly request: CniRequest | undefined }
  | { readonly kind: 'absent' };

/** A link of the node: its address, and whether others than one container may have to do with it. */
export interface HostLink {
  readonly mac: string;
  /** A bridge, or a device of the machine. */
  readonly isShared: boolean;
}

/** How full a file system is, in parts of 1; `undefined` where it does not count. */
export interface FreeParts {
  readonly space: number | undefined;
  readonly inodes: number | undefined;
}

/** An answer over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** What became of a connection to the agent's socket. */
export type AgentGreeting =
  | { readonly kind: 'greeted' }
  /** It has greeted in another version of the frames. */
  | { readonly kind: 'other-version'; readonly what: string }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'no-agent'; readonly cause: string };

/** What is at a path: permission bits, and whether it is a socket. */
export interface FileFacts {
  readonly mode: number;
  readonly isSocket: boolean;
}

/** How a program of ours answered. */
export interface ProgramAnswer {
  readonly stdout: string;
  /** Why it could not be run to its end; `undefined` when it could. */
  readonly fault: string | undefined;
}

/** The node. Throws of its methods become findings. */
export interface ExaminedNode {
  /** The folder in which runtimes look for their network. */
  readonly runtimeDir: string;
  readonly agentSocket: string;
  /** Where the agent tells of its health, as `--listen` has it. */
  readonly agentListen: string;
  readonly isRoot: boolean;
  readonly nowMs: number;
  own(): Promise<OwnFile>;
  /** The request of our own file; where that is no use, one by the defaults. */
  request(): Promise<CniRequest>;
  /** Those of a call by that request. */
  ports(): Promise<Ports>;
  journal(): Promise<Journal>;
  /** The usable networks of `confDir`, without our own file. */
  networks(): Promise<readonly NetworkConfigList[]>;
  /** All configuration files of a folder in the order in which runtimes take them. */
  configFiles(folder: string): Promise<readonly ConfigFile[]>;
  searchPath(): Promise<readonly string[]>;
  /** The names in a folder; none where there is no such folder. */
  namesIn(folder: string): Promise<readonly string[]>;
  /** The text of a regular file. */
  read(file: string): Promise<string>;
  /** `undefined`: there is nothing. */
  facts(path: string): Promise<FileFacts | undefined>;
  /** The address and the credentials of the API server, read afresh. */
  loadAccess(signal: AbortSignal): Promise<KubeAccess>;
  askApi(path: string, signal: AbortSignal): Promise<KubeResponse>;
  greetAgent(signal: AbortSignal): Promise<AgentGreeting>;
  askAgent(path: string, signal: AbortSignal): Promise<HttpAnswer>;
  runProgram(
    path: string,
    args: readonly string[],
    variables: Readonly<Record<string, string>>,
  ): Promise<ProgramAnswer>;
  link(name: string): HostLink | undefined;
  /** Throws for a file that is there and that we may not read. */
  assertReadable(file: string): Promise<void>;
  /** Throws where we may not write into a folder, or nobody may. */
  assertWritable(folder: string): Promise<void>;
  free(folder: string): Promise<FreeParts>;
}
