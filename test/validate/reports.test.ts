/** Findings for programs: SARIF by its schema, JUnit as XML, JSON by its documented keys. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { createColors } from 'picocolors';
import { describe, expect, test } from 'vitest';
import { jsonReport } from '../../src/validate/reports/json.ts';
import { junitReport } from '../../src/validate/reports/junit.ts';
import { prettyReport } from '../../src/validate/reports/pretty.ts';
import { sarifReport } from '../../src/validate/reports/sarif.ts';
import type { Validation } from '../../src/validate/validate.ts';

const validation: Validation = {
  files: ['net.d/a b.conflist', '/abs/ü.yaml', 'good.yaml'],
  passedOver: 0,
  findings: [
    {
      rule: 'syntax',
      place: { file: 'net.d/a b.conflist', line: 2, column: 3 },
      message: 'it is <not> "JSON" & so on',
      hint: 'do\nthis',
    },
    { rule: 'name-twice', place: { file: '/abs/ü.yaml', line: 1, column: 1 }, message: 'twice \u001b[31m', hint: '' },
    { rule: 'host-needs', place: { file: '/abs/ü.yaml', line: 7, column: 1 }, message: 'needs /run/x', hint: '' },
  ],
};

describe('SARIF', () => {
  // The schema of OASIS (2.1.0-rtm.5) without its descriptions; a later draft of JSON Schema than its own reads it alike.
  const schema: object = JSON.parse(
    readFileSync(resolve(import.meta.dirname, '../samples/sarif-2.1.0.schema.json'), 'utf8'),
  );
  const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

  test('is valid by the schema of SARIF 2.1.0', () => {
    isSarif(JSON.parse(sarifReport(validation)));
    expect(isSarif.errors).toBeNull();
    expect(isSarif({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
  });

  test('names rule, level and place, and paths as addresses', () => {
    const { results, tool } = JSON.parse(sarifReport(validation)).runs[0];
    expect(results.map((result: { level: string }) => result.level)).toEqual(['error', 'warning', 'note']);
    expect(tool.driver.rules[results[0].ruleIndex].id).toBe('syntax');
    const places = results.map(
      (result: { locations: { physicalLocation: object }[] }) => result.locations[0]?.physicalLocation,
    );
    expect(places.slice(0, 2)).toEqual([
      { artifactLocation: { uri: 'net.d/a%20b.conflist' }, region: { startLine: 2, startColumn: 3 } },
      { artifactLocation: { uri: 'file:///abs/%C3%BC.yaml' }, region: { startLine: 1, startColumn: 1 } },
    ]);
  });
});

describe('JUnit', () => {
  test('has a suite for each file, failures for errors, and for warnings where they count', () => {
    const lenient = junitReport(validation, false);
    expect(lenient).toContain('<testsuites name="braid validate" failures="1">');
    expect(lenient).toContain('message="it is &lt;not&gt; &quot;JSON&quot; &amp; so on"');
    expect(lenient).toContain('<testcase classname="good.yaml" name="validate"/>');
    expect(lenient).not.toContain('\u001b');
    expect(junitReport(validation, true)).toContain('<testsuites name="braid validate" failures="2">');
  });
});

test('JSON has the documented keys', () => {
  const report = JSON.parse(jsonReport(validation, undefined));
  expect(report.summary).toEqual({ files: 3, passedOver: 0, errors: 1, warnings: 1, notes: 1 });
  expect(report.findings[1]).toEqual({
    rule: 'name-twice',
    severity: 'warning',
    file: '/abs/ü.yaml',
    line: 1,
    column: 1,
    message: 'twice \u001b[31m',
  });
});

test('for people: one line each, notes on request, and no control character reaches the terminal', () => {
  const plain = prettyReport(validation, { colours: createColors(false), hasNotes: false });
  expect(plain).toBe(
    [
      'net.d/a b.conflist:2:3 error syntax it is <not> "JSON" & so on',
      '    hint: do this',
      '/abs/ü.yaml:1:1 warning name-twice twice \\u{1b}[31m',
      '',
      '3 files: 1 error, 1 warning, 1 note (--notes shows them)',
      '',
    ].join('\n'),
  );
  const place = { file: 'e\u001b[31m\n.yaml', line: 1, column: 1 };
  const odd = { ...validation, findings: [{ rule: 'syntax', place, message: 'm', hint: '' } as const] };
  expect(prettyReport(odd, { colours: createColors(false), hasNotes: false })).toMatch(
    /^e\\u\{1b\}\[31m \.yaml:1:1 error/,
  );
  expect(prettyReport(validation, { colours: createColors(true), hasNotes: true })).toContain(
    '\u001b[36mnote\u001b[39m',
  );
});
