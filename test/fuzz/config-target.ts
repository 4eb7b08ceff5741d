/** Fuzzing the configuration folder: names of files, what kind of thing they are, and what stands in them. */
import fc from 'fast-check';
import { damaged, jsonText, mutated, oddValues, oddWords } from './odd-json.ts';
import { annotated, ordinaryCall } from './ordinary-call.ts';
import type { ConfEntry } from './sandbox.ts';
import { Scene } from './scene.ts';
import { target } from './target.ts';

const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('10-a.conflist', '20-b.conf', '30-c.json', '05-d.conflist', 'a.conflist') },
  { weight: 1, arbitrary: fc.constantFrom('.conflist', '-.conf', 'x', 'a', 'b', '__proto__.conf', '10-a.CONFLIST') },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .map((name) => `${name.replace(/[/\0]/g, '_')}.conf`),
  },
);
/** Mostly one of the first values, so that most files can be used. */
function mostly<T>(usual: readonly T[], odd: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 7, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

const networks = mostly(['a', 'b'], ['c', 'front', '__proto__', 'constructor', '../a']);
const types = mostly(['bridge', 'macvlan', 'tuning'], ['missing', 'braid', '../bin/bridge', '']);
const plugins = fc.record(
  {
    type: types,
    capabilities: fc.constant({ mac: true, dns: false }),
    ipam: fc.constant({ type: 'host-local', routes: [] }),
  },
  { requiredKeys: ['type'] },
);
const versions = mostly(['1.0.0', '1.1.0', '0.4.0'], ['0.2.0', '', '9.9.9']);

const lists = fc.record(
  {
    cniVersion: versions,
    cniVersions: fc.array(versions, { maxLength: 3 }),
    name: networks,
    disableCheck: mostly<unknown>([true, 'TRUE'], ['yes', 1]),
    loadOnlyInlinedPlugins: fc.boolean(),
    plugins: fc.array(plugins, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['name', 'plugins'] },
);
const singles = fc
  .tuple(plugins, networks, versions)
  .map(([plugin, name, cniVersion]): object => ({ ...plugin, name, cniVersion }));
const plainly = (content: object) => Buffer.from(JSON.stringify(content));
const contents = fc.oneof(
  { weight: 6, arbitrary: damaged(mutated(fc.oneof<fc.Arbitrary<object>[]>(lists, singles)).map(jsonText)) },
  { weight: 1, arbitrary: damaged(oddValues.map(jsonText)) },
);

const asFile = ([name, bytes]: [string, Uint8Array]): ConfEntry => ({ kind: 'file', name, bytes });
const entries = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom('10-a.conflist', '15-b.conflist'), lists.map(plainly)).map(asFile) },
  { weight: 2, arbitrary: fc.tuple(fc.constantFrom('20-b.conf', '30-c.json'), singles.map(plainly)).map(asFile) },
  { weight: 5, arbitrary: fc.tuple(names, contents).map(asFile) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(names, fc.constantFrom<'folder' | 'dangling' | 'loop'>('folder', 'dangling', 'loop'))
      .map(([name, kind]): ConfEntry => ({ kind, name })),
  },
);
const annotationTexts = fc.oneof(
  { weight: 5, arbitrary: fc.array(networks, { minLength: 1, maxLength: 2 }).map((items) => items.join(',')) },
  { weight: 1, arbitrary: fc.array(oddWords, { maxLength: 2 }).map((items) => items.join('@')) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

/** An ADD by annotation or by default on a node with these files, STATUS before it, DEL after. */
export const configTarget = target({
  name: 'configuration files',
  share: 0.25,
  cases: () => fc.record({ files: fc.array(entries, { minLength: 1, maxLength: 5 }), cni: annotationTexts }),
  run: async (sandbox, { files, cni }) => {
    const scene = new Scene(sandbox, files);
    const config = cni === undefined ? { runtimeConfig: {} } : annotated(cni);
    const call = ordinaryCall(sandbox, 'ADD', config);
    await scene.ordinary('STATUS', config);
    await scene.call(call);
    await scene.cleanUp(call);
  },
});
