/** The way to the API server, where the configuration names one: credentials, how long they hold, one question and its time. */
import { errorText } from '../errors.ts';
import type { KubeResponse } from '../kube/kube-client.ts';
import { octal } from './check-configuration.ts';
import type { ExaminedNode } from './examined-node.ts';
import { type Expiry, expiries } from './expiry.ts';
import type { Check, Finding } from './finding.ts';

const DAY_MS = 86_400_000;
const WARN_MS = 7 * DAY_MS;
/** The most that a check may wait, whatever ADDs may. */
const PATIENCE_MS = 4000;
/** Permissions of others than the owner. */
const OTHERS = 0o077;
/** A name that no pod has: 404 is the answer to whoever may read pods, 403 to others. */
const NO_POD = '/api/v1/namespaces/kube-system/pods/braid-doctor';

export const checkApiServer: Check = {
  name: 'api-server',
  async run(node, signal) {
    const { config } = await node.request();
    if (!config.kube) return config.hasPodAnnotations ? [] : await blindFindings(node);
    const where = config.kube.kubeconfig ?? config.kube.apiRoot ?? '';
    if (config.kube.kubeconfig !== undefined) await node.assertReadable(config.kube.kubeconfig);
    const mode = await modeFindings(node, config.kube.kubeconfig);
    try {
      const access = await node.loadAccess(signal);
      const ends = expiries(access).flatMap((expiry) => expiryFindings(expiry, where, node.nowMs));
      return [...mode, ...ends, ...(await liveFindings(node, access.server, signal))];
    } catch (cause) {
      return [
        ...mode,
        {
          id: 'api-server/credentials',
          severity: 'error',
          what: errorText(cause),
          why: NEEDS,
          mend: 'put there what this node may use; it is read afresh for every call',
          where,
        },
      ];
    }
  },
};

const NEEDS = 'pods whose annotations or networks stand at the API server cannot be started';

async function blindFindings(node: ExaminedNode): Promise<Finding[]> {
  const own = await node.own();
  if (own.kind !== 'found') return [];
  return [
    {
      id: 'api-server/blind',
      severity: 'warning',
      what: 'annotations of pods are not looked at: there is no kubeconfig, and the runtime is not asked for them',
      why: 'every pod gets the default networks, whatever it asks for',
      mend: 'declare the capability "io.kubernetes.cri.pod-annotations" (containerd, CRI-O), or set the key "kubeconfig"',
      where: own.file,
    },
  ];
}

async function modeFindings(node: ExaminedNode, file: string | undefined): Promise<Finding[]> {
  const found = file === undefined ? undefined : await node.facts(file);
  if (!found || file === undefined || (found.mode & OTHERS) === 0) return [];
  return [
    {
      id: 'api-server/readable',
      severity: 'warning',
      what: `the kubeconfig has mode ${octal(found.mode)}`,
      why: 'everybody on this node can use its credentials',
      mend: `chmod 0600 ${file}`,
      where: file,
    },
  ];
}

function expiryFindings({ what, endsMs, lifetimeMs }: Expiry, where: string, nowMs: number): Finding[] {
  const leftMs = endsMs - nowMs;
  if (leftMs > WARN_MS) return [];
  const end = new Date(endsMs).toISOString();
  const mend = 'renew it; whoever renews it may replace the file at any time';
  if (leftMs <= 0) {
    return [
      { id: 'api-server/expired', severity: 'error', what: `${what} has expired at ${end}`, why: NEEDS, mend, where },
    ];
  }
  // What never holds for a week is renewed by somebody, or would have ended before.
  const isShortLived = lifetimeMs !== undefined && lifetimeMs <= WARN_MS;
  return [
    {
      id: 'api-server/expires',
      severity: isShortLived ? 'note' : 'warning',
      what: `${what} expires at ${end}, in ${span(leftMs)}`,
      why: `from then on ${NEEDS}`,
      mend: isShortLived ? 'see that somebody renews it, as the kubelet does with mounted tokens' : mend,
      where,
    },
  ];
}

function span(ms: number): string {
  const hours = ms / 3_600_000;
  return hours >= 48
    ? `${Math.floor(hours / 24)} days`
    : hours >= 2
      ? `${Math.floor(hours)} hours`
      : `${Math.floor(ms / 60_000)} minutes`;
}

async function liveFindings(node: ExaminedNode, where: string, signal: AbortSignal): Promise<Finding[]> {
  const { config } = await node.request();
  const limitMs = Math.min(config.apiTimeoutMs, PATIENCE_MS);
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const startedAt = performance.now();
  const response = await node.askApi('/version', deadline);
  const tookMs = Math.round(performance.now() - startedAt);
  // Who waits for less than ADDs do cannot say that they wait in vain.
  if (response.kind === 'unreachable' && response.isSilent && limitMs < config.apiTimeoutMs) {
    return [silent(`${response.cause}, of ${limitMs} ms`, where, config.apiTimeoutMs)];
  }
  const fault = liveFault(response);
  if (fault !== undefined) {
    return [
      {
        id: 'api-server/unreachable',
        severity: 'error',
        what: fault,
        why: NEEDS,
        mend: 'is the server up, its address right, and reachable from this node? "braid status" asks as a runtime does',
        where,
      },
    ];
  }
  const slow: Finding[] =
    tookMs * 2 < config.apiTimeoutMs
      ? []
      : [
          {
            id: 'api-server/slow',
            severity: 'warning',
            what: `it took ${tookMs} ms for an answer, and ADDs wait for ${config.apiTimeoutMs} ms`,
            why: 'an ADD asks more than once; with any more load pods do not start',
            mend: 'set "apiTimeoutMs" higher, run the agent (docs/agent.md), or find out what slows the server down',
            where,
          },
        ];
  // The pods themselves are asked for where the runtime does not hand their annotations over.
  const pods = config.hasPodAnnotations ? undefined : await node.askApi(NO_POD, deadline);
  return [...slow, ...(pods?.kind === 'refused' ? [forbidden(pods.message, where)] : [])];
}

function silent(what: string, where: string, apiTimeoutMs: number): Finding {
  return {
    id: 'api-server/slow',
    severity: 'error',
    what,
    why: `ADDs wait for ${apiTimeoutMs} ms and ask more than once: pods start late, or not at all`,
    mend: 'find out what slows the server down, or what lies between; "braid status" asks as a runtime does',
    where,
  };
}

function forbidden(message: string, where: string): Finding {
  return {
    id: 'api-server/forbidden',
    severity: 'error',
    what: `it does not let us read pods: ${message}`,
    why: 'annotations of pods cannot be read: no pod can be started',
    mend: 'kubectl apply -f config/rbac/braid.yaml, and use the credentials of its account',
    where,
  };
}

function liveFault(response: KubeResponse): string | undefined {
  if (response.kind === 'unreachable') return response.cause;
  const isStranger = response.kind === 'refused' && response.status === 401;
  return isStranger ? `it refuses our credentials: ${response.message}` : undefined;
}
