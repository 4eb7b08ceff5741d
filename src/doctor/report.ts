/** What was found, for a person and for a program. Pure. */
import type picocolors from 'picocolors';
import type { Finding, Severity } from './finding.ts';
import { counted } from './finding.ts';
import type { Examination } from './run-checks.ts';

type Colours = ReturnType<typeof picocolors.createColors>;

/** A list with the worst first, then a line that sums up. */
export function readableReport({ checks, findings }: Examination, colours: Colours): string {
  const summary =
    findings.length === 0
      ? `${counted(checks.length, 'check')}, nothing found`
      : `${counted(checks.length, 'check')}: ${SUMMARISED.map((severity) => counted(countOf(findings, severity), severity)).join(', ')}`;
  return [...findings.map((finding) => paragraph(finding, colours)), `${colours.bold(summary)}\n`].join('\n');
}

const SUMMARISED = ['error', 'warning', 'note'] as const;

function paragraph({ id, severity, what, why, mend, where }: Finding, colours: Colours): string {
  const paint = { error: colours.red, warning: colours.yellow, note: colours.cyan }[severity];
  const lines = [['why', why], ['mend', mend], ...(where === '' ? [] : [['where', where]])];
  const rest = lines.map(([name = '', text]) => `  ${colours.dim(name.padEnd(6))}${text}\n`);
  return `${colours.bold(paint(severity))}: ${what} ${colours.dim(`[${id}]`)}\n${rest.join('')}`;
}

/** One JSON document; docs/doctor.md names its keys. */
export function jsonReport({ checks, findings }: Examination): string {
  const summary = {
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
    notes: countOf(findings, 'note'),
  };
  return `${JSON.stringify({ checks, findings, summary }, null, 2)}\n`;
}

/** True when there is more than notes. */
export function isUnwell({ findings }: Examination): boolean {
  return findings.some(({ severity }) => severity !== 'note');
}

function countOf(findings: readonly Finding[], wanted: Severity): number {
  return findings.filter(({ severity }) => severity === wanted).length;
}
