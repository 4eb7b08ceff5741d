/**
 * The JSON Schemas that `braid schema` prints, made from the shapes by which files are read.
 *
 *   node scripts/json-schemas.ts            write src/json-schema/built-in.ts
 *   node scripts/json-schemas.ts --check    exit status 1 when it is not what would be written
 */
import { checkMade, isCheck, writeMade } from './made-files.ts';
import { SCHEMA_SOURCES, wholeSchema } from './schema-sources.ts';

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
const files = new Map([['src/json-schema/built-in.ts', text]]);
if (isCheck()) process.exitCode = checkMade(files, 'npm run json-schemas');
else writeMade(files);
