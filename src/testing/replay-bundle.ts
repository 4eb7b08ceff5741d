/**
 * A recorded request once more, on a node made of its bundle: an edge.
 *
 * It is run as a fixture (`recording/fixture-of.ts`), so by the code that serves a runtime's call. Touches disk, within `folder` only.
 */
import { fixtureOf } from '../recording/fixture-of.ts';
import type { Bundle } from '../schema/bundle.ts';
import { recordFile } from '../state/on-disk.ts';
import { clusterObject } from './manifests.ts';
import type { ReadFixture } from './read-fixture.ts';
import type { RealMachine } from './real-machine.ts';
import { type FixtureRun, runFixture } from './run-fixture.ts';

/** Where and by what it is replayed. */
export interface ReplayPlace {
  /** Must not be there yet. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Absent: plugins answer what they answered. */
  readonly real?: RealMachine | undefined;
}

/** Replays; a step that failed is what came out otherwise. Throws what the file system throws. */
export function replayBundle(file: string, bundle: Bundle, { folder, signal, real }: ReplayPlace): Promise<FixtureRun> {
  return runFixture(bundleAsFixture(file, bundle), folder, signal, { real });
}

/** The bundle as a fixture that was read. Throws: code 7 for records that are too long. */
export function bundleAsFixture(file: string, bundle: Bundle): ReadFixture {
  const fixture = fixtureOf(bundle, recordFile);
  const objects = (fixture.cluster ?? []).map((body) => clusterObject(body, { file, line: 1 }));
  return { kind: 'read', file, fixture, stepLines: [1], objects, nodeFiles: new Map() };
}
