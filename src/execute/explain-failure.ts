/**
 * What a failed delegate left unsaid, by what the catalogue knows of it: which of its messages are none, and what to do.
 *
 * The catalogue is opened for failures only, so that a call that goes well does not wait for it.
 */
import type { Catalogue, KnownDelegate, OpenCatalogue } from '../catalogue/catalogue.ts';
import { type HostFacts, lacksOf } from '../catalogue/host-needs.ts';
import { ipamType } from '../schema/network-config.ts';
import type { RecordedPlugin } from '../state/state-store.ts';
import { wordsOf } from './interpret-run.ts';
import type { DelegateRun } from './run-delegate.ts';

/** A hint is read by a person in a hurry. */
const MOST_HINTS = 3;
/** A plugin may print megabytes, and patterns such as `x .* y` take the square of a line's length. */
const SHOWN_CHARACTERS = 8192;
const LINE_CHARACTERS = 2048;

/** What explains failures. */
export interface Knowledge {
  readonly openCatalogue: OpenCatalogue;
  readonly host: HostFacts;
}

/** The run as it is, or, when it failed, with its stderr freed of noise and with `hints`. */
export async function explained(run: DelegateRun, plugin: RecordedPlugin, knowledge: Knowledge): Promise<DelegateRun> {
  if (run.end.kind === 'exited' && run.end.status === 0) return run;
  const profiles = profilesOf(plugin, await knowledge.openCatalogue());
  if (profiles.length === 0) return run;
  const failure = { words: wordsOf(run).flatMap(lines), plugin, host: knowledge.host };
  const hints = await Promise.all(profiles.map((profile) => hintsOf(profile, failure)));
  // What means something comes before what is missing, for that may be missing with good reason.
  const sorted = [...hints.flatMap(({ meant }) => meant), ...hints.flatMap(({ missing }) => missing)];
  return {
    ...run,
    stderr: withoutNoise(run.stderr, profiles),
    hints: [...new Set(sorted)].slice(0, MOST_HINTS),
    isNothingLeft: hints.some(({ isNothingLeft }) => isNothingLeft),
  };
}

/** The plugin's, and that of the IPAM plugin that it runs, whose errors it prints as its own. */
function profilesOf({ type, config }: RecordedPlugin, catalogue: Catalogue): KnownDelegate[] {
  const types = [type, ipamType(config)];
  return types.flatMap((each) => (each === undefined ? [] : (catalogue.ofPlugin(each) ?? [])));
}

/** Beginning and end of a long text, in lines that are not too long. */
function lines(text: string): string[] {
  const shown =
    text.length > SHOWN_CHARACTERS
      ? `${text.slice(0, SHOWN_CHARACTERS / 2)}\n${text.slice(-SHOWN_CHARACTERS / 2)}`
      : text;
  return shown.split('\n').map((line) => line.slice(0, LINE_CHARACTERS));
}

/** Where all of it is noise, something in it is not. */
function withoutNoise(stderr: string, profiles: readonly KnownDelegate[]): string {
  const noise = profiles.flatMap(({ stderrNoise }) => stderrNoise.map((pattern) => new RegExp(pattern, 'i')));
  const isNoise = (line: string) => noise.some((pattern) => pattern.test(line.slice(0, LINE_CHARACTERS)));
  const left = stderr
    .split('\n')
    .filter((line) => !isNoise(line))
    .join('\n');
  return left.trim() === '' ? stderr : left;
}

interface Failure {
  /** What the plugin said, line by line. */
  readonly words: readonly string[];
  readonly plugin: RecordedPlugin;
  readonly host: HostFacts;
}

/** What its words mean, and what the node lacks: all of that where its words say nothing, else what they name. */
async function hintsOf(profile: KnownDelegate, { words, plugin, host }: Failure) {
  const isSaid = (pattern: string) => {
    const expression = new RegExp(pattern, 'i');
    return words.some((line) => expression.test(line));
  };
  const said = profile.errors.filter(({ pattern }) => isSaid(pattern));
  const meant = said.map(({ hint }) => hint);
  const lacks = await lacksOf(profile, { config: plugin.config, isTrusted: false }, host);
  const told = lacks.filter(
    ({ isCertain, path }) =>
      isCertain && (meant.length === 0 || (path !== undefined && words.some((line) => line.includes(path)))),
  );
  const isNothingLeft = said.some(({ isGoneAtDel }) => isGoneAtDel);
  return { meant, isNothingLeft, missing: told.map(({ what, hint }) => `${profile.name}: ${what}: ${hint}`) };
}
