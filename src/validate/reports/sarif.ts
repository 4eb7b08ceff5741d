/** Findings as SARIF 2.1.0, which code hosts and editors show at the line. Pure. */
import { isAbsolute } from 'node:path/posix';
import { pathToFileURL } from 'node:url';
import type { Log, ReportingDescriptor, Result } from 'sarif';
import { BRAID_VERSION } from '../../version.ts';
import type { Finding } from '../finding.ts';
import { RULES, severityOf } from '../rules.ts';
import type { Validation } from '../validate.ts';

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

/** The whole report; all rules are described, in the order in which results count them. */
export function sarifReport({ findings }: Validation): string {
  const log: Log = {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'braid validate', semanticVersion: BRAID_VERSION, rules: descriptors() } },
        columnKind: 'utf16CodeUnits',
        results: findings.map(resultOf),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function descriptors(): ReportingDescriptor[] {
  return Object.entries(RULES).map(([id, { severity, about }]) => ({
    id,
    shortDescription: { text: about },
    defaultConfiguration: { level: severity },
  }));
}

function resultOf({ rule, place, message, hint }: Finding): Result {
  return {
    ruleId: rule,
    ruleIndex: Object.keys(RULES).indexOf(rule),
    level: severityOf(rule),
    message: { text: hint === '' ? `${message}.` : `${message}. Hint: ${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place.file) },
          region: { startLine: place.line, startColumn: place.column },
        },
      },
    ],
  };
}

/** A path below the folder of the call stays one; what is shown with it is then the file of the checkout. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split('/').map(encodeURIComponent).join('/');
}
