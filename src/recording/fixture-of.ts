/**
 * A bundle as a fixture: the same request on a node that has what the recorded one had, whose plugins and API server answer what
 * they answered, and which must come to the same. Pure.
 *
 * Three things are not taken over as they were. Deadlines: where something did not answer in time, they are shortened, since
 * nothing more would come. The way to the API server: an error that names it is compared by its code. And what is hidden in an
 * error, which may be anything.
 */
import { basename } from 'node:path';
import { parseNodeConfigLeniently } from '../request/node-config.ts';
import { annotationValues, valueOrText } from '../schema/annotation-values.ts';
import type { Bundle, BundledCall } from '../schema/bundle.ts';
import type { Fixture, FixtureStep } from '../schema/fixture.ts';
import type { Expectation, ExpectedCall } from '../schema/fixture-expectation.ts';
import { isJsonObject, type JsonObject, withoutKeys } from '../schema/json.ts';
import { HIDDEN } from '../schema/secret-texts.ts';
import { printRecord } from '../state/record-text.ts';
import { seenFaults, seenObjects } from './recorded-cluster.ts';
import { scriptedAnswers, verbOf } from './scripted-answers.ts';

/** Where a record of a container's interface lies in the journal of `stateDir`. */
export type RecordFile = (stateDir: string, key: { readonly containerId: string; readonly ifName: string }) => string;

const NOTHING_TO_CHECK = 'a CHECK looks at what an earlier ADD made, and the bundle has the journal of that only';

/** Long enough for who answers at once. */
const SHORT_MS = 200;

/** The keys that are about who looks on, and where the log goes. */
const OF_WATCHES = ['record', 'trace', 'logFile', 'logToStderr', 'logLevel', 'log_level'];

/** Makes the fixture. Throws: code 7 for records that are too long, or a wrong `stateDir`. */
export function fixtureOf(bundle: Bundle, recordFile: RecordFile): Fixture {
  const cluster = seenObjects(bundle);
  const api = seenFaults(bundle);
  const delegates = scriptedAnswers(bundle.delegates);
  const isOnline = cluster.length > 0 || api.length > 0;
  return {
    version: 1,
    title: titleOf(bundle),
    ...(bundle.request.verb === 'CHECK' ? { scriptedOnly: NOTHING_TO_CHECK } : {}),
    node: nodeOf(bundle, recordFile),
    ...(cluster.length > 0 ? { cluster } : {}),
    ...(api.length > 0 ? { api } : {}),
    ...(Object.keys(delegates).length > 0 ? { delegates } : {}),
    steps: [stepOf(bundle, isOnline)],
  };
}

function titleOf({ request, pod, recordedAt }: Bundle): string {
  const { CNI_CONTAINERID: id = '', CNI_IFNAME: ifName = '' } = request.variables;
  const whose = pod ? ` of ${pod.namespace}/${pod.name}` : id === '' ? '' : ` of container ${id} (${ifName})`;
  return `${request.verb}${whose}, recorded ${recordedAt}`;
}

function nodeOf({ node, journal, request }: Bundle, recordFile: RecordFile): NonNullable<Fixture['node']> {
  const { stateDir } = parseNodeConfigLeniently(request.stdin).config;
  const records = journal.before.map((entry): [string, string] =>
    entry.kind === 'found'
      ? [recordFile(stateDir, entry.record), printRecord(entry.record)]
      : // Nobody can make it whole; what matters is that it cannot be read.
        [entry.file, `${entry.kind}: ${entry.cause}`],
  );
  const files = Object.entries(node.files).map(([path, text]): [string, string | JsonObject] => [path, readable(text)]);
  const lists = {
    exist: keysWith(node.presence, ['there', 'unknown']),
    missingPlugins: keysWith(node.plugins, ['absent', 'not-executable']),
    missingModules: keysWith(node.modules, ['absent']),
    missingNamespaces: keysWith(node.namespaces, ['absent', 'left-over']),
  };
  const given = Object.entries(lists).filter(([, list]) => list.length > 0);
  return { files: Object.fromEntries([...files, ...records]), ...Object.fromEntries(given) };
}

/** Configurations as objects, which a person reads more easily; what is none stays as it is. */
function readable(text: string): string | JsonObject {
  const value = valueOrText(text);
  return isJsonObject(value) ? value : text;
}

function keysWith(map: Readonly<Record<string, string>>, values: readonly string[]): string[] {
  return Object.keys(map).filter((key) => values.includes(map[key] ?? ''));
}

function stepOf(bundle: Bundle, isOnline: boolean): FixtureStep {
  const { request, pod } = bundle;
  const { CNI_CONTAINERID, CNI_IFNAME, CNI_NETNS, CNI_ARGS, CNI_PATH } = request.variables;
  const variables = {
    ...(CNI_ARGS === undefined ? {} : { CNI_ARGS }),
    ...(CNI_PATH === undefined ? {} : { CNI_PATH }),
  };
  return {
    verb: request.verb,
    ...(CNI_CONTAINERID ? { container: CNI_CONTAINERID } : {}),
    ...(CNI_IFNAME ? { ifName: CNI_IFNAME } : {}),
    ...(CNI_NETNS === undefined ? {} : { netns: CNI_NETNS }),
    ...(pod ? { pod: `${pod.namespace}/${pod.name}` } : {}),
    variables,
    configuration: { ...configurationOf(bundle), ...(isOnline && !hasKey(bundle) ? { kubeconfig: null } : {}) },
    expect: expectationOf(bundle),
  };
}

function hasKey({ request }: Bundle): boolean {
  return request.stdin['kubeconfig'] !== undefined;
}

function configurationOf({ request, delegates, cluster, status }: Bundle): JsonObject {
  const isSlow = delegates.some(({ end }) => end.kind === 'timed-out' || end.kind === 'aborted');
  // What a server may take back is asked for again until the deadline.
  const isSilent = cluster.some(
    ({ answer }) =>
      answer.kind === 'unreachable' ||
      (answer.kind === 'refused' && (answer.status >= 500 || [408, 429].includes(answer.status))),
  );
  return {
    ...withoutKeys(request.stdin, (key) => OF_WATCHES.includes(key)),
    ...(isSlow ? { delegateTimeoutMs: SHORT_MS } : {}),
    ...(isSilent || status?.fault !== undefined ? { apiTimeoutMs: SHORT_MS } : {}),
  };
}

function expectationOf(bundle: Bundle): Expectation {
  const { delegates, journal, status, answer } = bundle;
  const calls = delegates.filter((call) => verbOf(call) !== 'RUN').map(expectedCall);
  const written = status && status.fault === undefined ? annotationValues(status.annotations) : null;
  return {
    ...expectedAnswer(bundle),
    calls,
    journal: journal.after,
    ...(answer.exitCode === 0 ? { annotations: written } : {}),
  };
}

function expectedAnswer({
  answer,
  cluster,
  delegates,
  status,
}: Bundle): Pick<Expectation, 'result' | 'exactly' | 'error'> {
  const { exitCode, stdout } = answer;
  if (exitCode === 0) return stdout === null ? {} : { result: stdout, exactly: true };
  const { code, msg } = stdout ?? {};
  const hasFailed = cluster.some(({ answer: each }) => each.kind === 'refused' || each.kind === 'unreachable');
  const isOfServer = hasFailed || status?.fault !== undefined;
  const isOfDeadline = delegates.some(({ end }) => end.kind === 'timed-out' || end.kind === 'aborted');
  const isLoose = isOfServer || isOfDeadline || typeof msg !== 'string';
  return {
    error: {
      ...(typeof code === 'number' ? { code } : {}),
      ...(isLoose ? {} : { message: `^${escaped(msg).replaceAll(escaped(HIDDEN), '[^]*')}$` }),
    },
  };
}

function expectedCall(call: BundledCall): ExpectedCall {
  const { variables, stdin, path } = call;
  const verb = verbOf(call);
  const isOfPod = verb === 'ADD' || verb === 'DEL' || verb === 'CHECK';
  const title = [verb, basename(path), ...(isOfPod ? [variables['CNI_IFNAME']] : [])].join(' ');
  const env = Object.fromEntries(Object.entries(variables).filter(([key]) => key.startsWith('CNI_')));
  return { call: title, env, ...(isJsonObject(stdin) ? { stdin } : {}), exactly: true };
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
