/**
 * The man page, made from the commands themselves.
 *
 *   node scripts/man-page.ts            write docs/man/braid.1
 *   node scripts/man-page.ts --check    exit status 1 when it is not what would be written
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wholeProgram } from '../src/cli.ts';
import { commandModel } from '../src/command-model/command-model.ts';
import { manPage } from '../src/command-model/man-page.ts';
import { BRAID_VERSION } from '../src/version.ts';

const file = resolve(import.meta.dirname, '../docs/man/braid.1');

const { values } = parseArgs({ options: { check: { type: 'boolean' } } });
// Of nobody's machine: what commands take from their surroundings must not be in the page.
const environment = { variables: {}, argv: [], program: [], readStdin: () => '', isOwnNetns: () => false };
const page = manPage(commandModel(await wholeProgram(environment)), BRAID_VERSION);
if (!values.check) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
} else if (current() !== page) {
  process.stderr.write('docs/man/braid.1 is out of date: npm run man\n');
  process.exitCode = 1;
}

function current(): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
