/** How many findings of each severity there are, and what that comes to as an exit status. Pure. */
import type { Finding, Severity } from '../finding.ts';
import { severityOf } from '../rules.ts';
import type { Validation } from '../validate.ts';

/** The counts, as `--json` has them. */
export interface Summary {
  readonly files: number;
  readonly passedOver: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notes: number;
}

export function summaryOf({ findings, files, passedOver }: Validation): Summary {
  const count = (severity: Severity) => findings.filter(({ rule }: Finding) => severityOf(rule) === severity).length;
  return { files: files.length, passedOver, errors: count('error'), warnings: count('warning'), notes: count('note') };
}

/** 1 for errors, with `isStrict` for warnings too. */
export function statusOf({ errors, warnings }: Summary, isStrict: boolean): 0 | 1 {
  return errors > 0 || (isStrict && warnings > 0) ? 1 : 0;
}
