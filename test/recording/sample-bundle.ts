/** A bundle of one call, for what does not need a real one. */
import type { Bundle, BundledCall } from '../../src/schema/bundle.ts';

/** What differs. */
export interface BundleSample {
  readonly verb?: Bundle['request']['verb'];
  readonly containerId?: string;
  readonly delegates?: readonly BundledCall[];
  readonly cluster?: Bundle['cluster'];
  readonly stdin?: object;
  readonly files?: Bundle['node']['files'];
  /** What the journal holds in the end. */
  readonly after?: Bundle['journal']['after'];
  readonly answer?: Bundle['answer'];
}

export function sampleBundle(sample: BundleSample): Bundle {
  const {
    verb = 'ADD',
    containerId = 'c1',
    delegates = [],
    cluster = [],
    stdin = {},
    files = {},
    after = {},
    answer,
  } = sample;
  return {
    bundle: 1,
    braid: '0.1.0',
    recordedAt: '2026-11-21T10:00:00.000Z',
    durationMs: 12.3,
    request: {
      verb,
      variables: {
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerId,
        CNI_IFNAME: 'eth0',
        CNI_NETNS: '/run/netns/c1',
        CNI_PATH: '/opt/cni/bin',
        CNI_ARGS: '',
      },
      otherVariables: [],
      stdin: { cniVersion: '1.0.0', name: 'braid', type: 'braid', ...stdin },
    },
    node: { files, plugins: {}, presence: {}, namespaces: {}, modules: {} },
    cluster,
    journal: { before: [], after },
    delegates: [...delegates],
    log: [],
    answer: answer ?? { exitCode: 0, stdout: null },
  };
}

/** A call of `bridge` for the network `front`. */
export function sampleCall(rest: Partial<BundledCall>): BundledCall {
  return {
    path: '/opt/cni/bin/bridge',
    variables: { CNI_COMMAND: 'ADD', CNI_IFNAME: 'eth0' },
    stdin: { cniVersion: '1.0.0', name: 'front', type: 'bridge' },
    startMs: 1,
    durationMs: 2,
    end: { kind: 'exited', status: 0 },
    stdout: '',
    stderr: '',
    ...rest,
  };
}
