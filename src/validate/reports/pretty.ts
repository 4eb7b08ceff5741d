/** Findings for a person, as a compiler has them: `file:line:column severity rule message`, the hint below. Pure. */
import type { Colors } from 'picocolors/types.ts';
import type { Finding, Severity } from '../finding.ts';
import { severityOf } from '../rules.ts';
import type { Validation } from '../validate.ts';
import { type Summary, summaryOf } from './summary.ts';

/** How it is shown. */
export interface PrettyOptions {
  readonly colours: Colors;
  readonly hasNotes: boolean;
}

/** The whole report. */
export function prettyReport(validation: Validation, { colours, hasNotes }: PrettyOptions): string {
  const painted: Record<Severity, (text: string) => string> = {
    error: (text) => colours.red(colours.bold(text)),
    warning: (text) => colours.yellow(text),
    note: (text) => colours.cyan(text),
  };
  const shown = validation.findings.filter(({ rule }) => hasNotes || severityOf(rule) !== 'note');
  const lines = shown.map(({ rule, place, message, hint, fix }: Finding) => {
    const severity = severityOf(rule);
    const where = colours.bold(`${visible(place.file)}:${place.line}:${place.column}`);
    const head = `${where} ${painted[severity](severity)} ${colours.dim(rule)} ${visible(message)}`;
    const below = [
      ...(hint === '' ? [] : [`    ${colours.dim('hint:')} ${visible(hint)}`]),
      ...(fix ? [`    ${colours.green('--fix')} can ${visible(fix.what)}`] : []),
    ];
    return [head, ...below].join('\n');
  });
  return `${[...lines, ...(lines.length > 0 ? [''] : []), summaryLine(summaryOf(validation), hasNotes)].join('\n')}\n`;
}

/** `3 files: 1 error, 2 warnings, 4 notes (--notes shows them)`. */
export function summaryLine({ files, passedOver, errors, warnings, notes }: Summary, hasNotes: boolean): string {
  const looked = `${counted(files - passedOver, 'file')}${passedOver > 0 ? ` (${passedOver} of other kinds passed over)` : ''}`;
  const found = [
    errors > 0 ? counted(errors, 'error') : '',
    warnings > 0 ? counted(warnings, 'warning') : '',
    notes > 0 ? `${counted(notes, 'note')}${hasNotes ? '' : ' (--notes shows them)'}` : '',
  ].filter((text) => text !== '');
  return `${looked}: ${found.length === 0 ? 'nothing to say against them' : found.join(', ')}`;
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** What a file holds must not reach a terminal as a command to it. */
function visible(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) =>
    character === '\n' ? ' ' : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
