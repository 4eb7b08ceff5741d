/**
 * How Braid conforms to CNI: runs the conformance suite and prints a line for each requirement.
 *
 *   node test/conformance/matrix.ts                      run; exit status 1 unless every requirement has rows and all pass
 *   node test/conformance/matrix.ts --document           write docs/conformance.md, without running
 *   node test/conformance/matrix.ts --document --check   exit status 1 when docs/conformance.md is not what would be written
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Covered, coverageOf, strayRows } from './coverage.ts';
import { documentOf } from './document.ts';
import { PARTS, REQUIREMENTS } from './requirements.ts';
import { listRows, runSuite } from './suite-rows.ts';

const DOCUMENT = resolve(import.meta.dirname, '../../docs/conformance.md');

const { values } = parseArgs({ options: { document: { type: 'boolean' }, check: { type: 'boolean' } } });
process.exitCode = values.document ? updateDocument(values.check ?? false) : printMatrix();

/** Runs the suite and prints how each requirement stands. Answers the exit status. */
function printMatrix(): 0 | 1 {
  const run = runSuite();
  const faults = [...run.faults, ...strayRows(REQUIREMENTS, run.rows)];
  const covered = coverageOf(REQUIREMENTS, run.rows);
  const count = (state: Covered['state']) => covered.filter((each) => each.state === state).length;
  const isGood = faults.length === 0 && count('passed') === covered.length;
  if (run.faults.length > 0 || count('failed') > 0) process.stderr.write(`${run.report}\n`);
  const closing = `${covered.length} requirements: ${count('passed')} passed, ${count('failed')} failed, ${count('missing')} without a row`;
  process.stdout.write([...covered.map(lineOf), ...faults, closing, ''].join('\n'));
  return isGood ? 0 : 1;
}

function lineOf({ requirement, rows, state }: Covered): string {
  const line = `${requirement.id.padEnd(4)} ${state.padEnd(7)} ${String(rows.length).padStart(4)}  ${requirement.line}`;
  return [line, ...rows.flatMap(({ failure = [] }) => failure).map((failure) => `     ${failure}`)].join('\n');
}

/** Writes the document, or with `isCheck` compares it. Answers the exit status. */
function updateDocument(isCheck: boolean): 0 | 1 {
  const text = documentOf(PARTS, listRows());
  if (!isCheck) writeFileSync(DOCUMENT, text);
  else if (currentText() !== text) {
    process.stderr.write('docs/conformance.md is out of date: npm run conformance -- --document\n');
    return 1;
  }
  return 0;
}

function currentText(): string | undefined {
  try {
    return readFileSync(DOCUMENT, 'utf8');
  } catch {
    return undefined;
  }
}
