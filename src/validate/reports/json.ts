/** Findings for programs; the keys are stable and stand in docs/validate.md. Pure. */
import { severityOf } from '../rules.ts';
import type { Validation } from '../validate.ts';
import { summaryOf } from './summary.ts';

/** The whole report. `fixed`: what `--fix` has done before these findings were made. */
export function jsonReport(
  validation: Validation,
  fixed: readonly { file: string; what: string }[] | undefined,
): string {
  const findings = validation.findings.map(({ rule, place, message, hint, fix }) => ({
    rule,
    severity: severityOf(rule),
    ...place,
    message,
    ...(hint === '' ? {} : { hint }),
    ...(fix ? { fix: fix.what } : {}),
  }));
  return `${JSON.stringify({ findings, ...(fixed ? { fixed } : {}), summary: summaryOf(validation) }, undefined, 2)}\n`;
}
