/**
 * What stands behind the delegates of a fixture's node: plugins that are played, or real ones. Pure.
 *
 * The script says what each call is answered with (`scripted-delegates.ts`); the adapters `played-plugins.ts` and
 * `real-plugins.ts` carry that out in their ways.
 */
import type { DelegateCall, DelegateRun } from '../execute/run-delegate.ts';
import type { DelegateAnswer, DelegateVerb } from '../schema/fixture-delegates.ts';
import type { JsonObject } from '../schema/json.ts';
import type { NodeLinks } from './scratch-node.ts';

/** A call of a plugin, as it came. */
export interface SeenCall {
  readonly verb: DelegateVerb;
  readonly plugin: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: JsonObject;
}

/** A call of a plugin, and what the script has for it. */
export interface ScriptedCall {
  readonly seen: SeenCall;
  readonly answer: DelegateAnswer;
  /** True: the script says that the plugin itself runs. */
  readonly isReal: boolean;
  readonly call: DelegateCall;
}

/** What a step finds on its node. */
export interface StepScenery {
  /** The path of the pod's namespace. */
  readonly netns: string;
  readonly isNetnsThere: boolean;
  readonly links: NodeLinks;
}

/** The plugins of one node, for as long as it lives. */
export interface Plugins {
  /** Makes the node what it is to be from now on. Throws what goes wrong at that. */
  beginStep(scenery: StepScenery): Promise<void>;
  run(scripted: ScriptedCall): Promise<DelegateRun>;
  /** The helper `braid-netns`, which looks at what `run` made; `answer`: what the script has for it, if anything. */
  runHelper(call: DelegateCall, answer: DelegateAnswer | undefined): Promise<DelegateRun>;
  /** What is there that nothing in `held`, calls of ADD that nobody took back, accounts for; `calls`: all that there were. */
  leaks(held: readonly SeenCall[], calls: readonly SeenCall[]): Promise<readonly string[]>;
  /** True: the plugin itself ran where the script is not about it, so what it answered is not what the script has. */
  readonly isOffScript: boolean;
  /** Why the fixture cannot be run here after all. */
  readonly hindrance: string | undefined;
  /** Clears everything away. */
  close(): Promise<void>;
}
