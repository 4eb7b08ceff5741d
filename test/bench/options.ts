/** The command line of the bench. */
import { parseArgs } from 'node:util';
import { type Extents, FULL, QUICK } from './extent.ts';
import { BENCH_FORMS, type BenchForm } from './forms.ts';
import { MEASUREMENTS, type MeasurementName } from './measurements.ts';

/** What to measure, and where to write it to. */
export interface BenchOptions {
  readonly extents: Extents;
  readonly json: string | undefined;
  readonly only: readonly MeasurementName[];
  readonly forms: readonly BenchForm[];
}

const NAMES = Object.keys(MEASUREMENTS) as MeasurementName[];

/** Reads it. `--form` is for another build, measured in turn with those that are there. Throws: an Error naming what is wrong. */
export function readOptions(): BenchOptions {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string', default: NAMES.join(',') },
      form: { type: 'string', multiple: true, default: [] },
    },
  });
  return {
    extents: values.quick ? QUICK : FULL,
    json: values.json,
    only: values.only.split(',').map(measurementName),
    forms: [...BENCH_FORMS, ...values.form.map(furtherForm)],
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
