/** Findings as JUnit's XML: a suite for each file, in it one case that went well, or one for each finding. Pure. */
import type { Finding } from '../finding.ts';
import { severityOf } from '../rules.ts';
import type { Validation } from '../validate.ts';

/** The whole report. A note is no failure; with `isStrict` a warning is one. */
export function junitReport({ findings, files }: Validation, isStrict: boolean): string {
  const byFile = Map.groupBy(findings, ({ place }) => place.file);
  const isFailure = ({ rule }: Finding) => severityOf(rule) === 'error' || (isStrict && severityOf(rule) === 'warning');
  const suites = [...new Set([...files, ...byFile.keys()])].map((file) => {
    const own = byFile.get(file) ?? [];
    const cases =
      own.length === 0 ? [testCase(file, 'validate', '')] : own.map((finding) => caseOf(finding, isFailure(finding)));
    return `  <testsuite ${attributes({ name: file, tests: cases.length, failures: own.filter(isFailure).length })}>\n${cases.join('\n')}\n  </testsuite>`;
  });
  const head = attributes({ name: 'braid validate', failures: findings.filter(isFailure).length });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${head}>\n${suites.join('\n')}\n</testsuites>\n`;
}

function caseOf({ rule, place, message, hint }: Finding, isFailure: boolean): string {
  const text = `${place.file}:${place.line}:${place.column} ${message}${hint === '' ? '' : `\nhint: ${hint}`}`;
  const inner = isFailure
    ? `<failure ${attributes({ message, type: severityOf(rule) })}>${escaped(text)}</failure>`
    : `<system-out>${escaped(text)}</system-out>`;
  return testCase(place.file, `${rule} ${place.line}:${place.column}`, inner);
}

function testCase(file: string, name: string, inner: string): string {
  const head = `    <testcase ${attributes({ classname: file, name })}`;
  return inner === '' ? `${head}/>` : `${head}>${inner}</testcase>`;
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}="${escaped(String(value))}"`)
    .join(' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

/** What XML cannot hold at all becomes a mark of it. */
function escaped(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
  const possible = text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return possible.replaceAll(/[&<>"\n]/g, (character) => ENTITIES[character] ?? character);
}
