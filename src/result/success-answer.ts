/** The document that a successful ADD puts on stdout. Pure. */
import type { CniVersion } from '../schema/cni-version.ts';
import type { CniResult } from '../schema/result.ts';
import { printResult } from './result-versions.ts';

/** ADD's answer at the request's version. Throws: code 999 when that version cannot carry the result. */
export function successAnswer(result: CniResult, version: CniVersion): string {
  return `${JSON.stringify(printResult(result, version))}\n`;
}
