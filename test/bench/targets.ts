/** What is to be reached, beside what was measured. Pure. */
import { AGENT_FORM, COMPILED_FORM, LAUNCHER_FORM } from './forms.ts';
import { manyFixtures, manyPods, ONE_POD } from './measure-commands.ts';
import type { CountTable, Target, TimedRow, TimedTable } from './report.ts';

/** What a run found. */
export interface Found {
  readonly timed: readonly TimedTable[];
  readonly counted: readonly CountTable[];
}

interface Goal {
  readonly what: string;
  readonly atMost: number;
  readonly measure: (found: Found) => number | undefined;
}

const INSTANT = 'plugins that answer at once';
const REQUESTS = 'requests to the API server, 3 networks, all definitions';
const DEFINITIONS = 'definitions on the API server';

const PODS = manyPods(1000, 200);
const FIXTURES = manyFixtures(1000);

const GOALS: readonly Goal[] = [
  {
    what: `${AGENT_FORM}: ADD of 3 networks, instant delegates / floor`,
    atMost: 1.5,
    measure: ratio(INSTANT, 'ADD 3 networks', AGENT_FORM),
  },
  {
    what: `${AGENT_FORM}: ADD of 3 real bridges / floor`,
    atMost: 1.05,
    measure: ratio('real bridges', 'ADD 3 networks', AGENT_FORM),
  },
  {
    what: `${LAUNCHER_FORM}: VERSION / an empty static program`,
    atMost: 2,
    measure: ratio(INSTANT, 'VERSION', LAUNCHER_FORM),
  },
  {
    what: `${COMPILED_FORM}: ADD of 3 networks, instant delegates / floor`,
    atMost: 8,
    measure: ratio(INSTANT, 'ADD 3 networks', COMPILED_FORM),
  },
  {
    what: `${COMPILED_FORM}: the same, annotations through the API double over TLS / floor`,
    atMost: 10,
    measure: ratio('an API server over TLS', 'ADD 3 networks, annotations asked for', COMPILED_FORM),
  },
  {
    what: `${AGENT_FORM}: GETs to the API server of an ADD with 3 definitions`,
    atMost: 0,
    measure: count(REQUESTS, 'ADD', { form: AGENT_FORM, name: 'GET' }),
  },
  {
    what: `${COMPILED_FORM}: GETs to the API server of an ADD with 3 definitions`,
    atMost: 4,
    measure: count(REQUESTS, 'ADD', { form: COMPILED_FORM, name: 'GET' }),
  },
  {
    what: `${AGENT_FORM}: 110 pods of 3 networks at once / floor at once`,
    atMost: 1.3,
    measure: ratio('pods at once', 'ADD of 110 pods, 3 networks each', AGENT_FORM),
  },
  {
    what: `${AGENT_FORM}: ADD with 5,000 definitions there / with 10`,
    atMost: 1.1,
    measure: (found) => {
      const many = row(found, DEFINITIONS, 'ADD 3 networks, 5000 definitions there', AGENT_FORM);
      const few = row(found, DEFINITIONS, 'ADD 3 networks, 10 definitions there', AGENT_FORM);
      return many && few && many.medianMs / few.medianMs;
    },
  },
  { what: `${COMPILED_FORM}: ${ONE_POD}, ms`, atMost: 300, measure: milliseconds(ONE_POD) },
  { what: `${COMPILED_FORM}: ${PODS}, ms`, atMost: 3000, measure: milliseconds(PODS) },
  { what: `${COMPILED_FORM}: ${FIXTURES}, ms`, atMost: 20_000, measure: milliseconds(FIXTURES) },
  { what: 'size of the launcher, KB', atMost: 100, measure: count('sizes', 'launcher', { form: '', name: 'KB' }) },
  {
    what: `${AGENT_FORM}: resident memory with 110 pods and 1,000 definitions, MiB`,
    atMost: 120,
    measure: count('memory that stays', '110 pods attached, 1000 definitions', { form: AGENT_FORM, name: 'MiB' }),
  },
  { what: `${COMPILED_FORM}: fsyncs of an ADD, most of any row`, atMost: 2, measure: mostFsyncs(COMPILED_FORM) },
  { what: `${AGENT_FORM}: fsyncs of an ADD, most of any row`, atMost: 2, measure: mostFsyncs(AGENT_FORM) },
];

/** Every target; one that was not measured has no `measured`. */
export function judgeTargets(found: Found): Target[] {
  return GOALS.map(({ what, atMost, measure }) => {
    const measured = measure(found);
    return measured === undefined ? { what, atMost } : { what, atMost, measured, isMet: measured <= atMost };
  });
}

function row({ timed }: Found, table: string, title: string, form: string): TimedRow | undefined {
  const rows = timed.find((each) => each.title === table)?.rows ?? [];
  return rows.find((each) => each.title === title && each.form === form);
}

function ratio(table: string, title: string, form: string): Goal['measure'] {
  return (found) => row(found, table, title, form)?.ratio;
}

/** Of a command, which people wait for by the clock. */
function milliseconds(title: string): Goal['measure'] {
  return (found) => row(found, 'commands', title, COMPILED_FORM)?.medianMs;
}

function count(table: string, title: string, { form, name }: { form: string; name: string }): Goal['measure'] {
  return ({ counted }) => {
    const rows = counted.find((each) => each.title === table)?.rows ?? [];
    return rows.find((each) => each.title === title && each.form === form)?.counts[name];
  };
}

function mostFsyncs(form: string): Goal['measure'] {
  return ({ counted }) => {
    const rows = counted.find(({ title }) => title === 'fsyncs')?.rows ?? [];
    const counts = rows.filter((each) => each.form === form && each.title.startsWith('ADD'));
    return counts.length === 0 ? undefined : Math.max(...counts.map(({ counts: { fsyncs = 0 } }) => fsyncs));
  };
}
