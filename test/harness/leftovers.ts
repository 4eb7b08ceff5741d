/** What is on a test node now and was not before, without what reference plugins leave by design. Pure. */
import type { NodeSnapshot } from './node-snapshot.ts';

/** `identity` tells whether it was there before, `text` is what a test reads. */
type Leftover = { readonly kind: string; readonly identity: string; readonly text: string };

/** Left by design: never taken away by a plugin's DEL, and shared by all later pods. */
type Ignored = { readonly reason: string; readonly kind: string; readonly pattern: RegExp };

const staticChain = 'CNI-(HOSTPORT-(DNAT|SETMARK|MASQ)|FORWARD|ADMIN)';

const ignored: readonly Ignored[] = [
  {
    reason: 'bridge makes its bridge for the first pod and never knows which pod is the last',
    kind: 'link',
    pattern: / \(bridge\)$/,
  },
  {
    reason: 'portmap and firewall make these chains once; what belongs to a pod lies in chains and rules of its own',
    kind: 'rule',
    pattern: new RegExp(`^ip6?tables \\w+ chain ${staticChain}$`),
  },
  {
    reason: 'the jumps from built-in chains into those chains, made once with them; no address of a pod in them',
    kind: 'rule',
    pattern: new RegExp(
      `^ip6?tables \\w+ -A (PREROUTING|OUTPUT|POSTROUTING|FORWARD|CNI-FORWARD)( -m addrtype --dst-type LOCAL| -m comment --comment "[^"]*")* -j ${staticChain}$`,
    ),
  },
  {
    reason: "portmap's mark for masquerading and the rule that acts on it, the same for all pods",
    kind: 'rule',
    pattern:
      /^ip6?tables nat -A CNI-HOSTPORT-(SETMARK -m comment --comment "[^"]*" -j MARK|MASQ -m mark --mark \w+\/\w+ -j MASQUERADE)/,
  },
  {
    reason: 'host-local remembers where it left off, so that an address is not given out again at once',
    kind: 'file',
    pattern: /\/last_reserved_ip\.\d+$/,
  },
  {
    reason: "host-local's lock file stays; the lock itself is flock, gone with its process",
    kind: 'file',
    pattern: /^\/var\/lib\/cni\/(networks\/)?[^/]+\/lock$/,
  },
];

/**
 * What `after` has and `before` has not, as readable lines (empty = nothing left). Counts: a rule that was there once
 * and is there twice now is left over once. What has gone meanwhile is not reported.
 */
export function leftovers(before: NodeSnapshot, after: NodeSnapshot): string[] {
  const budget = new Map<string, number>();
  for (const item of itemsOf(before)) budget.set(keyOf(item), (budget.get(keyOf(item)) ?? 0) + 1);
  const left: string[] = [];
  for (const item of itemsOf(after)) {
    const known = budget.get(keyOf(item)) ?? 0;
    budget.set(keyOf(item), known - 1);
    if (known <= 0 && !isIgnored(item)) left.push(`${item.kind}: ${item.text}`);
  }
  return left;
}

function isIgnored(item: Leftover): boolean {
  return ignored.some((each) => each.kind === item.kind && each.pattern.test(item.text));
}

function keyOf(item: Leftover): string {
  return `${item.kind} ${item.identity}`;
}

function itemsOf(snapshot: NodeSnapshot): Leftover[] {
  const as = (kind: string, texts: readonly string[]): Leftover[] =>
    texts.map((text) => ({ kind, identity: text, text }));
  // Not by its command, which changes with exec: a pod just started may still be "runc init".
  const processes = snapshot.processes.map(({ pid, command }) => ({
    kind: 'process',
    identity: `${pid}`,
    text: `${pid} ${command}`,
  }));
  return [
    ...as('link', snapshot.links),
    ...as('rule', snapshot.rules),
    ...as('file', snapshot.files),
    ...as('network namespace', snapshot.netnsNames),
    ...as('mount', snapshot.mountPoints),
    ...as('control group', snapshot.cgroups),
    ...processes,
  ];
}
