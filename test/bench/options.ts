/** The command line of the bench. */
import { parseArgs } from 'node:util';
import type { ExtentName } from './extent.ts';
import { type BenchForm, benchForms } from './forms.ts';
import { MEASUREMENTS, type MeasurementName } from './measurements.ts';

/** What to measure, and where to write it to. */
export interface BenchOptions {
  readonly extent: ExtentName;
  readonly json: string | undefined;
  readonly only: readonly MeasurementName[];
  readonly forms: readonly BenchForm[];
}

const NAMES = Object.keys(MEASUREMENTS) as MeasurementName[];

export const HELP = `Usage: npm run bench -- [option]...

Measures every form of Braid beside the floor: the same delegates, run back to back by a
static program. docs/bench.md tells how to read the tables.

  --quick              two minutes instead of eight
  --smoke              seconds: shows that the bench works, the numbers are worth nothing
  --json FILE          write the report there, too
  --only TABLE,...     not all of
                         ${NAMES.slice(0, 6).join(', ')},
                         ${NAMES.slice(6).join(', ')}
  --form NAME=COMMAND  measure another build as well, in turn with the others; may be
                       given several times
  -h, --help           print this

Root is needed for real bridges only. Everything that is made goes away at the end, after
an interrupt, too; several may run at once and make each other slow.

Exit status: 0 measured, whatever the numbers are; 1 failure; 2 wrong usage; 130 interrupted.
`;

/** Reads it. Throws: an Error naming what is wrong. */
export function readOptions(): BenchOptions | 'help' {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string', default: NAMES.join(',') },
      form: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    extent: values.smoke ? 'smoke' : values.quick ? 'quick' : 'full',
    json: values.json,
    only: values.only.split(',').map(measurementName),
    forms: [...benchForms(), ...values.form.map(furtherForm)],
  };
}

function measurementName(text: string): MeasurementName {
  const name = NAMES.find((each) => each === text);
  if (name === undefined) throw new Error(`--only ${text}: there is no such table; there are ${NAMES.join(', ')}`);
  return name;
}

function furtherForm(text: string): BenchForm {
  const [, name, command] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || command === undefined) throw new Error(`--form ${text}: write NAME=COMMAND`);
  return { name, command: command.split(' ') };
}
