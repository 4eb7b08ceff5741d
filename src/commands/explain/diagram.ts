/**
 * Explanations as a picture: pod → networks → chain → interfaces. Pure.
 *
 * In: explanations. Out: a graph with a part for each pod, which Mermaid and Graphviz print each in its own language.
 */
import type { ExplainedAttachment, PodExplanation } from './explanation.ts';
import { titleText } from './pod-title.ts';

/** A node of the graph; its `label` may have several lines. */
export interface DiagramNode {
  readonly id: string;
  readonly label: string;
  readonly kind: 'pod' | 'network' | 'plugin' | 'interface' | 'error';
}

/** One pod's part. */
export interface DiagramPart {
  readonly id: string;
  readonly nodes: readonly DiagramNode[];
  /** Pairs of ids. */
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/** The graph of all pods. */
export function diagramOf(pods: readonly PodExplanation[]): DiagramPart[] {
  return pods.map((pod, index) => partOf(pod, `p${index}`));
}

function partOf(pod: PodExplanation, id: string): DiagramPart {
  const start: DiagramNode = { id, label: titleText(pod), kind: 'pod' };
  if (pod.outcome !== 'planned') {
    const kind = pod.outcome === 'host-network' ? 'network' : 'error';
    const end: DiagramNode = { id: `${id}e`, label: endText(pod), kind };
    return { id, nodes: [start, end], edges: [[id, end.id]] };
  }
  const chains = pod.attachments.map((attachment, index) => chainOf(attachment, `${id}a${index}`));
  return {
    id,
    nodes: [start, ...chains.flat()],
    edges: chains.flatMap((chain) => {
      const ids = [id, ...chain.map((node) => node.id)];
      return ids.slice(1).map((to, at) => [ids[at] ?? id, to] as const);
    }),
  };
}

function endText(pod: Exclude<PodExplanation, { outcome: 'planned' }>): string {
  if (pod.outcome === 'host-network') return "the host's network";
  const what = pod.outcome === 'failed' ? `ADD fails with code ${pod.error.code}` : 'cannot be explained';
  return `${what}\n${wrapped(pod.error.msg)}`;
}

function chainOf(attachment: ExplainedAttachment, id: string): DiagramNode[] {
  const { network, reference, plugins, isPrimary } = attachment;
  const name = reference === network ? network : `${network}\n${reference}`;
  return [
    { id, label: isPrimary ? `${name}\n(primary)` : name, kind: 'network' },
    ...plugins.map(({ type }, index): DiagramNode => ({ id: `${id}c${index}`, label: type, kind: 'plugin' })),
    { id: `${id}i`, label: attachment.interface, kind: 'interface' },
  ];
}

const LINE_CHARACTERS = 50;
const MOST_LINES = 6;

function wrapped(text: string): string {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= LINE_CHARACTERS) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.length > MOST_LINES ? `${lines.slice(0, MOST_LINES).join('\n')} …` : lines.join('\n');
}
