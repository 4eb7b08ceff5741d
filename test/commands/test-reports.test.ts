/** The outcome of fixtures as text, for people and for machines. */

import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { differenceLines } from '../../src/commands/test/diff.ts';
import { reportText, type TestFormat } from '../../src/commands/test/reports.ts';
import type { FixtureOutcome } from '../../src/testing/run-fixtures.ts';

const run = { file: 'a.yaml', title: 'a <good> & "odd" # title', stepCount: 3, durationMs: 12.345 };
const differences = [{ part: 'error', expected: { code: 7 }, seen: { code: 11 } }] as const;
const OUTCOMES: FixtureOutcome[] = [
  { kind: 'passed', run },
  {
    kind: 'failed',
    run: {
      ...run,
      file: 'b.yaml',
      title: 'bad\u0007',
      failed: { number: 2, verb: 'DEL', title: 'again', line: 9, differences },
    },
  },
  { kind: 'broken', file: 'c.yaml', faults: [{ file: 'c.yaml', line: 3, column: 5, message: 'unknown key "x"' }] },
  { kind: 'skipped', run: { ...run, file: 'd.yaml', title: 'later', skipped: 'calico is not installed' } },
];

const report = (
  format: TestFormat,
  outcomes = OUTCOMES,
  options = { colours: createColors(false), isVerbose: false },
) => reportText(format, { outcomes, durationMs: 1234.5 }, options);

describe('for people', () => {
  test('what failed, where, and the difference; then the count', () => {
    expect(report('pretty')).toBe(`✗ bad\u0007
  b.yaml:9 step 2, DEL (again):
     error:
    -  code: 7
    +  code: 11
      (1 step after this one not run)

✗ c.yaml
  this is no fixture that can be run:
    c.yaml:3:5: unknown key "x"

- later
  skipped: calico is not installed
- expected   + seen
1 passed, 1 failed, 1 broken, 1 skipped in 1.2 s
`);
  });

  test('what passed only when asked, colours only when wanted', () => {
    const passed = OUTCOMES.slice(0, 1);
    expect(report('pretty', passed)).toBe('1 passed in 1.2 s\n');
    expect(report('pretty', passed, { colours: createColors(false), isVerbose: true })).toBe(
      `✓ ${run.title} (3 steps)\n1 passed in 1.2 s\n`,
    );
    expect(report('pretty', OUTCOMES, { colours: createColors(true), isVerbose: false })).toContain(
      '\u001b[32m+  code: 11',
    );
  });
});

test('TAP has a line for each, and what happened as YAML', () => {
  const text = report('tap');
  const [version, plan, ...lines] = text.split('\n');
  expect([version, plan]).toEqual(['TAP version 14', '1..4']);
  expect(lines.filter((line) => /^(not )?ok/.test(line))).toEqual([
    'ok 1 - a <good> & "odd" \\# title',
    'not ok 2 - bad\u0007',
    'not ok 3 - c.yaml',
    'ok 4 - later # SKIP calico is not installed',
  ]);
  const [, block = ''] = /not ok 2[^\n]*\n {2}---\n(.*?) {2}\.\.\.\n/s.exec(text) ?? [];
  expect(parse(block)).toMatchObject({
    at: 'b.yaml:9 step 2, DEL (again):',
    message: expect.stringContaining('-  code: 7'),
  });
});

test('a title has one line, and so has each line of a fault', () => {
  const outcomes: FixtureOutcome[] = [
    { kind: 'passed', run: { ...run, title: 'a\nok 2 - b\n' } },
    { kind: 'broken', file: 'c\n.yaml', faults: [{ file: 'c', message: 'first\nsecond' }] },
  ];
  expect(report('tap', outcomes)).toBe(
    'TAP version 14\n1..2\nok 1 - a ok 2 - b\nnot ok 2 - c .yaml\n  ---\n  at: "this is no fixture that can be run:"\n  message: |2\n    c: first\n    second\n  ...\n',
  );
});

test('JUnit has a case for each, well-formed', () => {
  const text = report('junit');
  expect(text).toContain(
    '<testsuites name="braid test" tests="4" failures="1" errors="1" skipped="1" time="1.234">'.replace(
      '1.234',
      (1.2345).toFixed(3),
    ),
  );
  expect(text).toContain(
    '<testcase name="a &#60;good&#62; &#38; &#34;odd&#34; # title" classname="a.yaml" time="0.012"/>',
  );
  expect(text).toMatch(
    /<testcase name="bad" classname="b.yaml"[^>]*>\s*<failure message="b.yaml:9 step 2, DEL \(again\):">[^<]*- {2}code: 7[^<]*<\/failure>/,
  );
  expect(text).toMatch(/name="later" [^>]*>\s*<skipped message="calico is not installed"\/>\s*<\/testcase>/);
  expect(text).toMatch(/<error [^>]*>[^<]*c.yaml:3:5: unknown key &#34;x&#34;<\/error>/);
});

test('JSON has the documented keys', () => {
  expect(JSON.parse(report('json'))).toEqual({
    passed: 1,
    failed: 1,
    broken: 1,
    skipped: 1,
    durationMs: 1234.5,
    fixtures: [
      { outcome: 'passed', file: 'a.yaml', title: run.title, steps: 3, durationMs: 12.3 },
      {
        outcome: 'failed',
        file: 'b.yaml',
        title: 'bad\u0007',
        steps: 3,
        durationMs: 12.3,
        failed: { number: 2, verb: 'DEL', title: 'again', line: 9, differences },
      },
      {
        outcome: 'broken',
        file: 'c.yaml',
        faults: [{ file: 'c.yaml', line: 3, column: 5, message: 'unknown key "x"' }],
      },
      {
        outcome: 'skipped',
        file: 'd.yaml',
        title: 'later',
        steps: 3,
        durationMs: 12.3,
        skipped: 'calico is not installed',
      },
    ],
  });
});

describe('a difference', () => {
  test('is not made by the order of keys', () => {
    const lines = differenceLines({
      part: 'result',
      expected: { a: [{ x: 1, y: 2 }] },
      seen: { z: 0, a: [{ y: 3, x: 1 }] },
    });
    expect(lines).toEqual([' result:', '   a:', '     - x: 1', '-      y: 2', '+      y: 3', '+  z: 0']);
  });

  test('shows few of many equal lines', () => {
    const many = Array.from({ length: 40 }, (_, index) => `line ${index}`);
    const lines = differenceLines({ part: 'calls', expected: many, seen: many.with(3, 'other').with(30, 'another') });
    expect(lines).toContain('  …');
    expect(lines.length).toBeLessThan(20);
  });

  test('of what is not there at all', () => {
    expect(differenceLines({ part: 'error', expected: undefined, seen: { code: 7 } })).toEqual([
      '+error:',
      '+  code: 7',
    ]);
    expect(differenceLines({ part: 'annotations', expected: null, seen: { a: 1 } })).toEqual([
      '-annotations: null',
      '+annotations:',
      '+  a: 1',
    ]);
  });
});
