/**
 * The JSON Schemas that `braid schema` prints, made from the shapes by which files are read.
 *
 *   node scripts/json-schemas.ts            write src/json-schema/built-in.ts
 *   node scripts/json-schemas.ts --check    exit status 1 when it is not what would be written
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SCHEMA_SOURCES, wholeSchema } from './schema-sources.ts';

const file = resolve(import.meta.dirname, '../src/json-schema/built-in.ts');

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
const rows = SCHEMA_SOURCES.map((source) => {
  const { name, title, files } = source;
  const facts = Object.entries({ name, title, files }).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `  {\n    ${facts.join(',\n    ')},\n    json: ${JSON.stringify(JSON.stringify(wholeSchema(source)))},\n  },`;
});
const text = [
  '/** JSON Schemas, as `npm run json-schemas` makes them from `src/schema/`. */',
  '',
  '/** A schema as text, and the files that it is for, as editors match them. */',
  'export interface BuiltInSchema {',
  '  readonly name: string;',
  '  readonly title: string;',
  '  readonly files: readonly string[];',
  '  readonly json: string;',
  '}',
  '',
  'export const BUILT_IN_SCHEMAS: readonly BuiltInSchema[] = [',
  ...rows,
  '];',
  '',
].join('\n');
if (!values.check) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
} else if (current() !== text) {
  process.stderr.write('src/json-schema/built-in.ts is out of date: npm run json-schemas\n');
  process.exitCode = 1;
}

function current(): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
