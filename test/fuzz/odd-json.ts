/** JSON that nobody should send, as values and as bytes: what all fuzzed inputs are made of. Arbitraries of fast-check. */
import fc from 'fast-check';

/** A piece of JSON text that no JavaScript value prints as, such as `1e999`. */
class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  [fc.toStringMethod](): string {
    const { length } = this.text;
    return length > 60 ? `raw(${this.text.slice(0, 60)}…, ${length} characters)` : `raw(${this.text})`;
  }
}

/** JSON of a value that may hold raw pieces; every own key is printed, `__proto__` too. */
export function jsonText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).map((key) => `${JSON.stringify(key)}:${jsonText(Reflect.get(value, key, value))}`);
  return `{${members.join(',')}}`;
}

const nested = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"__proto__":'), fc.constantFrom(5, 300, 6000))
  .map(([open, depth]) => {
    const close = open === '[' ? ']' : '}';
    return new RawJson(`${open.repeat(depth)}1${close.repeat(depth)}`);
  });

const raw = fc
  .constantFrom(
    '1e999',
    '-1e999',
    '1e308',
    '9007199254740993',
    '-0',
    '1e-400',
    '9'.repeat(400),
    '"\\ud800"',
    '"\\u0000"',
  )
  .map((text) => new RawJson(text));

const word = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', ' ', '.', '..', '../../x', 'a/b', '\0', '\n', '%s', 'eth0', 'front', 'storage', '10.0.0.2/24'),
  fc.constantFrom('::1/128', '::/0', '999.1.1.1/8', '10.0.0.2', 'fd00::1', '1.0.0', '1.1.0', '9.9.9', '0.0.0', '1.0'),
  fc.constantFrom(20, 5000, 100_000).map((length) => 'x'.repeat(length)),
);

const keys = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length'),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'cniVersion',
      'name',
      'type',
      'plugins',
      'ips',
      'interfaces',
      'routes',
      'dns',
      'ip4',
      'code',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'msg',
      'details',
      'prevResult',
      'runtimeConfig',
      'capabilities',
      'ipam',
      'cniVersions',
      'args',
    ),
  },
  { weight: 1, arbitrary: word },
);

const withPrototypeKey = fc.tuple(keys, fc.jsonValue()).map(([key, value]) => Object.fromEntries([[key, value]]));

/** One value of any kind. */
export const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1, 7, 2 ** 31, -(2 ** 53), 0.5, [], {}, [null], [[]], [{}]),
  word,
  raw,
  nested,
  withPrototypeKey,
  fc.jsonValue({ maxDepth: 3 }),
);

/** Text where a name is expected: of an interface, a network, a file, a container. */
export const oddWords: fc.Arbitrary<string> = word;

interface Mutation {
  readonly at: number;
  readonly how: 'replace' | 'delete' | 'add';
  readonly key: string;
  readonly value: unknown;
}

const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'delete', 'add'), key: keys, value: oddValues }),
  { maxLength: 3 },
);

/** `base` with up to three of its members replaced, removed or joined by others. */
export function mutated(base: fc.Arbitrary<object>): fc.Arbitrary<object> {
  return fc.tuple(base, mutations).map(([value, changes]) => changes.reduce(changed, structuredClone(value)));
}

function changed(root: object, { at, how, key, value: shared }: Mutation): object {
  const value = copyOf(shared);
  const places = membersOf(root);
  const place = places[at % Math.max(1, places.length)];
  const holder = how === 'add' ? (objectAt(place) ?? root) : (place?.holder ?? root);
  const name = how === 'add' ? key : (place?.key ?? key);
  if (how === 'delete') Reflect.deleteProperty(holder, name);
  else if (Array.isArray(holder)) holder.push(value);
  else Object.defineProperty(holder, name, { value, enumerable: true, configurable: true, writable: true });
  return root;
}

/** Generated values may be one object in several places; a change must not reach into them all. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.keys(value).map((key) => [key, copyOf(Reflect.get(value, key))]));
}

interface Place {
  readonly holder: object;
  readonly key: string;
}

function objectAt(place: Place | undefined): object | undefined {
  const value: unknown = place && Reflect.get(place.holder, place.key);
  return typeof value === 'object' && value !== null && !(value instanceof RawJson) ? value : undefined;
}

function membersOf(holder: object): Place[] {
  return Object.keys(holder).flatMap((key) => {
    const inner = objectAt({ holder, key });
    return [{ holder, key }, ...(inner ? membersOf(inner) : [])];
  });
}

interface Damage {
  readonly how: 'none' | 'cut' | 'flip' | 'insert' | 'double' | 'noise';
  readonly at: number;
  readonly bytes: Uint8Array;
}

const damages: fc.Arbitrary<Damage> = fc.record({
  how: fc.oneof(
    { weight: 5, arbitrary: fc.constant<Damage['how']>('none') },
    { weight: 4, arbitrary: fc.constantFrom<Damage['how']>('cut', 'flip', 'insert', 'double', 'noise') },
  ),
  at: fc.nat(),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
});

/** The text as bytes, now and then cut, with flipped bits, with bytes put in, twice, or replaced altogether. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  return fc.tuple(text, damages).map(([whole, damage]) => readable(withDamage(Buffer.from(whole), damage)));
}

/** Printed as text when it is part of a finding. */
function readable(bytes: Buffer): Buffer {
  const value = () => `Buffer.from(${JSON.stringify(bytes.toString('latin1'))}, 'latin1')`;
  return Object.defineProperty(Buffer.from(bytes), fc.toStringMethod, { value });
}

function withDamage(whole: Buffer, { how, at, bytes }: Damage): Buffer {
  const position = at % (whole.length + 1);
  const [head, tail] = [whole.subarray(0, position), whole.subarray(position)];
  switch (how) {
    case 'none':
      return whole;
    case 'cut':
      return head;
    case 'insert':
      return Buffer.concat([head, bytes, tail]);
    case 'double':
      return Buffer.concat([whole, whole]);
    case 'noise':
      return Buffer.from(bytes);
    case 'flip':
      return Buffer.concat([head, Buffer.from([(tail[0] ?? 0) ^ (1 << (at & 7))]), tail.subarray(1)]);
  }
}
