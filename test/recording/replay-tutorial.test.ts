/** Every request of the tutorial, recorded and replayed: a bundle holds all that an answer depends on. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Recording } from '../../src/recording/recording.ts';
import { type Bundle, bundleShape } from '../../src/schema/bundle.ts';
import type { Form } from '../../src/serve-request.ts';
import type { Ports } from '../../src/stages/ports.ts';
import { phasesOf } from '../../src/state/state-store.ts';
import { findFixtures } from '../../src/testing/find-fixtures.ts';
import { type ReadFixture, readFixture } from '../../src/testing/read-fixture.ts';
import { replayBundle } from '../../src/testing/replay-bundle.ts';
import { runFixture } from '../../src/testing/run-fixture.ts';
import { makeScratchFolder } from '../../src/testing/scratch-folder.ts';

const tutorial = resolve(import.meta.dirname, '../../fixtures/tutorial');
const names = findFixtures([tutorial]).map((file) => relative(tutorial, file));
const scratch = makeScratchFolder(undefined);
const node = join(scratch, 'node');
const signal = new AbortController().signal;
afterAll(() => rmSync(scratch, { recursive: true }));

describe.each(names)('%s', (name) => {
  test('each of its requests comes out again as it was recorded', async () => {
    const bundles = await recorded((await readFixture(join(tutorial, name))) as ReadFixture);
    for (const bundle of bundles) {
      const written = bundleShape.parse(JSON.parse(JSON.stringify(bundle).replaceAll(node, '')));
      const { failed } = await replayBundle('bundle.json', written, { folder: join(scratch, 'replay'), signal });
      expect(failed?.differences ?? []).toEqual([]);
    }
  });
});

test('what was recorded is what is compared', async () => {
  const [bundle] = await recorded((await readFixture(join(tutorial, names[0] ?? ''))) as ReadFixture);
  const other = structuredClone(bundle) as Bundle;
  other.delegates = other.delegates.map((call) => ({ ...call, stdin: { ...(call.stdin as object), mtu: 1 } }));
  const { failed } = await replayBundle('bundle.json', other, { folder: join(scratch, 'replay'), signal });
  expect(failed?.differences.map(({ part }) => part)).toEqual(['calls']);
});

/** The bundles of a fixture's requests; one that was killed has none. */
async function recorded(read: ReadFixture): Promise<Bundle[]> {
  const bundles: Bundle[] = [];
  const openWatch: Form['openWatch'] = async (request, call) => {
    const recording = new Recording(request, call);
    let ports: Ports | undefined;
    return {
      client: (open) => recording.client(open),
      findPlugins: (find) => recording.findPlugins(find),
      ports: (given) => {
        ports = given;
        return recording.ports(given);
      },
      end: async (answer) => {
        if (answer.stdout.includes('Braid was killed')) return [];
        const lookups = (await ports?.state.list(request.verb === 'GC' ? undefined : request.containerId)) ?? [];
        const records = lookups.flatMap((lookup) => (lookup.kind === 'found' ? [lookup.record] : []));
        const journal = phasesOf(records);
        bundles.push(recording.bundle(answer, { files: nodeFiles(request.config.stateDir), journal }));
        return [];
      },
    };
  };
  const { failed } = await runFixture(read, node, signal, { openWatch });
  expect(failed).toBeUndefined();
  return bundles;
}

function nodeFiles(stateDir: string): Record<string, string> {
  const files = readdirSync(node, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  const own = paths.filter((path) => !path.startsWith(join(node, stateDir)));
  return Object.fromEntries(own.map((path) => [`/${relative(node, path)}`, readFileSync(path, 'utf8')]));
}
