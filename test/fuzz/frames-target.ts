/** An agent's connection, in all ways damaged: the launcher's C and the agent's TypeScript must read it alike. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { LauncherReader, readByAgent } from '../harness/launcher-reader.ts';
import { MALFORMED, WELL_FORMED } from '../samples/frame-vectors.ts';
import { must, shown } from './expectations.ts';
import { target } from './target.ts';

const MOST_BYTES = 60_000;

const vectors = [...WELL_FORMED, ...MALFORMED].filter(({ from }) => from === 'agent').map(({ bytes }) => bytes);
const greeting = WELL_FORMED.find(({ from, frame }) => from === 'agent' && frame['kind'] === 'hello')?.bytes;
/** Numbers at which lengths and limits change their meaning. */
const numbers = [
  0,
  1,
  4,
  8,
  16,
  17,
  64,
  65,
  255,
  256,
  4095,
  4096,
  1 << 20,
  8 << 20,
  (8 << 20) + 1,
  2 ** 31,
  2 ** 32 - 1,
];

type Damage = (bytes: Buffer) => Buffer;

const place = fc.nat({ max: MOST_BYTES });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(
    ([at, byte]): Damage =>
      (bytes) => {
        const damaged = Buffer.from(bytes);
        damaged[at % bytes.length] = byte;
        return damaged;
      },
  ),
  fc.tuple(place, fc.constantFrom(...numbers)).map(
    ([at, number]): Damage =>
      (bytes) => {
        if (bytes.length < 4) return bytes;
        const damaged = Buffer.from(bytes);
        damaged.writeUInt32LE(number, at % (bytes.length - 3));
        return damaged;
      },
  ),
  fc.tuple(place, fc.uint8Array({ maxLength: 20 })).map(
    ([at, more]): Damage =>
      (bytes) => {
        const cut = at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, cut), more, bytes.subarray(cut)]);
      },
  ),
  fc.tuple(place, place).map(
    ([from, length]): Damage =>
      (bytes) => {
        const cut = from % bytes.length;
        return Buffer.concat([bytes.subarray(0, cut), bytes.subarray(cut + (length % 20))]);
      },
  ),
  place.map(
    (at): Damage =>
      (bytes) =>
        bytes.subarray(0, at % (bytes.length + 1)),
  ),
);

let reader: LauncherReader | undefined;

/** Vectors one after the other, some of them damaged before they are joined, and the whole once more. */
const connections = fc
  .record({
    isGreeted: fc.boolean(),
    frames: fc.array(fc.record({ bytes: fc.constantFrom(...vectors), damages: fc.array(damage, { maxLength: 2 }) }), {
      maxLength: 4,
    }),
    damages: fc.array(damage, { maxLength: 2 }),
  })
  .map(({ isGreeted, frames, damages }) => {
    const parts = frames.map(({ bytes, damages: own }) => damaged(bytes, own));
    return damaged(Buffer.concat([...(isGreeted && greeting ? [greeting] : []), ...parts]), damages);
  });

/** A case is many connections, for most of the time of a single one would go by in waiting for the other process. */
export const framesTarget = target({
  name: 'the frames of an agent',
  share: 0.08,
  cases: () => fc.array(connections, { minLength: 1, maxLength: 100, size: 'max' }),
  run: async (_, cases) => {
    reader ??= startReader();
    const sent = cases.map((connection) => connection.subarray(0, MOST_BYTES));
    for (const [index, launcher] of (await reader.readAll(sent)).entries()) {
      const connection = sent[index] ?? Buffer.alloc(0);
      const agent = readByAgent(connection);
      const isAlike = isDeepStrictEqual(launcher, agent);
      must(isAlike, `the launcher reads ${shown(launcher)}, the agent ${shown(agent)}: ${connection.toString('hex')}`);
    }
  },
});

function startReader(): LauncherReader {
  const started = new LauncherReader();
  process.once('exit', () => started.dispose());
  return started;
}

function damaged(bytes: Buffer, damages: readonly Damage[]): Buffer {
  return damages.reduce((so, damageIt) => (so.length === 0 ? so : damageIt(so)), bytes);
}
