/** What the attributes of our spans are called: OpenTelemetry's names where it has some, else `cni.`. Pure. */

/** Who made a span: the name of the instrumentation scope. */
export const SCOPE = 'braid';

/** Names of attributes. docs/trace.md says on which span each stands. */
export const Attribute = {
  verb: 'cni.command',
  containerId: 'container.id',
  ifName: 'cni.interface',
  netns: 'cni.netns',
  network: 'cni.network',
  cniVersion: 'cni.version',
  namespace: 'k8s.namespace.name',
  pod: 'k8s.pod.name',
  podUid: 'k8s.pod.uid',
  /** On the spans of stages alone. */
  stage: 'cni.stage',
  /** On the spans of delegates alone. */
  plugin: 'cni.plugin',
  path: 'process.executable.path',
  stdinBytes: 'cni.stdin.bytes',
  stdoutBytes: 'cni.stdout.bytes',
  stderrBytes: 'cni.stderr.bytes',
  /** How a delegate ended: a kind of `DelegateEnd`. */
  end: 'cni.end',
  exitStatus: 'process.exit.code',
  signal: 'cni.signal',
  timeoutMs: 'cni.timeout_ms',
  errorCode: 'cni.error.code',
  errorDetails: 'cni.error.details',
  /** True: it had no end when the request had its. */
  isUnfinished: 'cni.unfinished',
  /** How many spans of the request there were beyond those that are kept. */
  droppedSpans: 'cni.dropped_spans',
} as const;
