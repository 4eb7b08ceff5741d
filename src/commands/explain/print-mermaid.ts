/** A diagram as Mermaid's text. Pure. */
import { printable } from '../printable.ts';
import type { DiagramNode, DiagramPart } from './diagram.ts';

const SHAPES: Readonly<Record<DiagramNode['kind'], readonly [open: string, close: string]>> = {
  pod: ['([', '])'],
  network: ['[', ']'],
  plugin: ['[[', ']]'],
  interface: ['((', '))'],
  error: ['{{', '}}'],
};

const ERROR_STYLE = 'classDef error stroke:#b00020,color:#b00020';

/** The whole file. */
export function mermaidText(parts: readonly DiagramPart[]): string {
  const lines = parts.flatMap(({ nodes, edges }) => [
    ...nodes.map(nodeLine),
    ...edges.map(([from, to]) => `  ${from} --> ${to}`),
  ]);
  return `${['flowchart LR', ...lines, `  ${ERROR_STYLE}`].join('\n')}\n`;
}

function nodeLine({ id, label, kind }: DiagramNode): string {
  const [open, close] = SHAPES[kind];
  return `  ${id}${open}"${quoted(label)}"${close}${kind === 'error' ? ':::error' : ''}`;
}

/** Mermaid reads entities by name or number after a `#`, and Markdown between backticks. */
function quoted(label: string): string {
  const text = printable(label, false).replace(/[#"&<>`\\]/g, (character) => `#${character.charCodeAt(0)};`);
  return text.replaceAll('\n', '<br/>');
}
