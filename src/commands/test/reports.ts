/** The outcome of fixtures as text: for people, TAP version 14, JUnit's XML, JSON. Pure. */
import type { FixtureFault } from '../../testing/fixture-source.ts';
import type { FixtureRun } from '../../testing/run-fixture.ts';
import type { FixtureOutcome } from '../../testing/run-fixtures.ts';
import type { Colours } from '../plain-table.ts';
import { differenceLines } from './diff.ts';

/** What a report is made of. */
export interface TestRun {
  readonly outcomes: readonly FixtureOutcome[];
  readonly durationMs: number;
}

/** How people want it. */
export interface PrettyOptions {
  readonly colours: Colours;
  /** True: those that passed are listed, too. */
  readonly isVerbose: boolean;
}

/** The names of the reports. */
export const FORMATS = ['pretty', 'tap', 'junit', 'json'] as const;

/** One of them. */
export type TestFormat = (typeof FORMATS)[number];

/** The report. */
export function reportText(format: TestFormat, run: TestRun, options: PrettyOptions): string {
  switch (format) {
    case 'pretty':
      return prettyReport(run, options);
    case 'tap':
      return tapReport(run);
    case 'junit':
      return junitReport(run);
    case 'json':
      return `${JSON.stringify(jsonReport(run), undefined, 2)}\n`;
  }
}

function prettyReport({ outcomes, durationMs }: TestRun, { colours, isVerbose }: PrettyOptions): string {
  const { green, red, yellow, bold, dim } = colours;
  const paint = (line: string) => (line.startsWith('-') ? red(line) : line.startsWith('+') ? green(line) : dim(line));
  const blocks = outcomes.flatMap((outcome) => {
    if (outcome.kind === 'passed') {
      const { title, stepCount } = outcome.run;
      return isVerbose ? [`${green('✓')} ${title} ${dim(`(${steps(stepCount)})`)}\n`] : [];
    }
    if (outcome.kind === 'skipped')
      return [`${yellow('-')} ${outcome.run.title}\n  ${dim(`skipped: ${whyOf(outcome)}`)}\n`];
    const lines = failureLines(outcome).map((line) => `    ${paint(line)}\n`);
    return [`${red('✗')} ${bold(titleOf(outcome))}\n  ${placeOf(outcome)}\n${lines.join('')}\n`];
  });
  const { passed, failed, broken, skipped } = counts(outcomes);
  const parts = [
    green(`${passed} passed`),
    ...(failed > 0 ? [red(`${failed} failed`)] : []),
    ...(broken > 0 ? [red(`${broken} broken`)] : []),
    ...(skipped > 0 ? [yellow(`${skipped} skipped`)] : []),
  ];
  const legend = failed > 0 ? dim('- expected   + seen\n') : '';
  return `${blocks.join('')}${legend}${parts.join(', ')} ${dim(`in ${(durationMs / 1000).toFixed(1)} s`)}\n`;
}

function tapReport({ outcomes }: TestRun): string {
  const tests = outcomes.map((outcome, index) => {
    const line = `ok ${index + 1} - ${titleOf(outcome).replaceAll(/[#\\]/g, '\\$&')}`;
    if (outcome.kind === 'passed') return `${line}\n`;
    if (outcome.kind === 'skipped') return `${line} # SKIP ${whyOf(outcome).replaceAll('\n', ' ')}\n`;
    const details = failureLines(outcome).map((each) => `    ${each}\n`);
    return `not ${line}\n  ---\n  at: ${JSON.stringify(placeOf(outcome))}\n  message: |2\n${details.join('')}  ...\n`;
  });
  return `TAP version 14\n1..${outcomes.length}\n${tests.join('')}`;
}

function junitReport({ outcomes, durationMs }: TestRun): string {
  const { failed, broken, skipped } = counts(outcomes);
  const cases = outcomes.map((outcome) => {
    const seconds = outcome.kind === 'broken' ? 0 : outcome.run.durationMs / 1000;
    const open = `    <testcase name="${xml(titleOf(outcome))}" classname="${xml(fileOf(outcome))}" time="${seconds.toFixed(3)}"`;
    if (outcome.kind === 'passed') return `${open}/>\n`;
    if (outcome.kind === 'skipped') {
      return `${open}>\n      <skipped message="${xml(whyOf(outcome))}"/>\n    </testcase>\n`;
    }
    const element = outcome.kind === 'broken' ? 'error' : 'failure';
    const text = `${placeOf(outcome)}\n${failureLines(outcome).join('\n')}`;
    return `${open}>\n      <${element} message="${xml(placeOf(outcome))}">${xml(text)}</${element}>\n    </testcase>\n`;
  });
  const totals = `tests="${outcomes.length}" failures="${failed}" errors="${broken}" skipped="${skipped}" time="${(durationMs / 1000).toFixed(3)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="braid test" ${totals}>\n  <testsuite name="fixtures" ${totals}>\n${cases.join('')}  </testsuite>\n</testsuites>\n`;
}

/** The keys are documented in docs/fixtures.md. */
function jsonReport({ outcomes, durationMs }: TestRun): object {
  const fixtures = outcomes.map((outcome) => {
    if (outcome.kind === 'broken') return { outcome: 'broken', file: outcome.file, faults: outcome.faults };
    const { file, title, stepCount, failed } = outcome.run;
    const common = {
      outcome: outcome.kind,
      file,
      title,
      steps: stepCount,
      durationMs: rounded(outcome.run.durationMs),
    };
    if (outcome.kind === 'skipped') return { ...common, skipped: whyOf(outcome) };
    return failed ? { ...common, failed } : common;
  });
  return { ...counts(outcomes), durationMs: rounded(durationMs), fixtures };
}

function counts(outcomes: readonly FixtureOutcome[]) {
  const count = (wanted: FixtureOutcome['kind']) => outcomes.filter(({ kind }) => kind === wanted).length;
  return { passed: count('passed'), failed: count('failed'), broken: count('broken'), skipped: count('skipped') };
}

function whyOf({ run }: Extract<FixtureOutcome, { run: FixtureRun }>): string {
  return run.skipped ?? '';
}

function fileOf(outcome: FixtureOutcome): string {
  return outcome.kind === 'broken' ? outcome.file : outcome.run.file;
}

/** In one line: a second one would be a line of its own to whoever reads the report. */
function titleOf(outcome: FixtureOutcome): string {
  return oneLine(outcome.kind === 'broken' ? outcome.file : outcome.run.title);
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*[\r\n]\s*/g, ' ');
}

/** Where an editor is to go. */
function placeOf(outcome: FixtureOutcome): string {
  if (outcome.kind === 'broken') return 'this is no fixture that can be run:';
  const { file, failed } = outcome.run;
  if (!failed) return file;
  const title = failed.title === undefined ? '' : ` (${oneLine(failed.title)})`;
  return `${file}:${failed.line} step ${failed.number}, ${failed.verb}${title}:`;
}

function failureLines(outcome: FixtureOutcome): string[] {
  return outcome.kind === 'broken' ? outcome.faults.flatMap(faultLines) : stepLines(outcome.run);
}

function stepLines({ failed, stepCount }: FixtureRun): string[] {
  if (!failed) return [];
  const lines = failed.differences.flatMap(differenceLines);
  const rest = stepCount - failed.number;
  return rest > 0 ? [...lines, `  (${steps(rest)} after this one not run)`] : lines;
}

function faultLines({ file, line, column, message }: FixtureFault): string[] {
  const place = line === undefined ? file : `${file}:${line}:${column}`;
  return `${place}: ${message}`.split(/\r?\n/);
}

function steps(count: number): string {
  return count === 1 ? '1 step' : `${count} steps`;
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** What XML may not hold at all is left out. */
function xml(text: string): string {
  return text.replaceAll(NOT_XML, '').replaceAll(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
