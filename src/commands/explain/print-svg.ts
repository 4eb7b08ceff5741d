/** A diagram as SVG, laid out by Graphviz, which comes as WebAssembly and is loaded for this alone. */
import { CniError, ErrorCode } from '../../errors.ts';
import type { DiagramNode, DiagramPart } from './diagram.ts';

const LOOKS: Readonly<Record<DiagramNode['kind'], string>> = {
  pod: 'shape=box style="rounded,filled" fillcolor="#e3f2fd"',
  network: 'shape=box style=filled fillcolor="#f1f8e9"',
  plugin: 'shape=box',
  interface: 'shape=ellipse style=filled fillcolor="#fff8e1"',
  // Where a reader has a wider font in the place of Helvetica, long lines need more room than Graphviz knows of.
  error: 'shape=box color="#b00020" fontcolor="#b00020" margin="0.35,0.06"',
};

/** More pods than this are no picture, and take minutes. */
const MOST_PODS = 200;

/** The whole file. Throws: code 7 for more pods than a picture can have. */
export async function svgText(parts: readonly DiagramPart[]): Promise<string> {
  if (parts.length > MOST_PODS) {
    const what = `an SVG can show ${MOST_PODS} pods, and these are ${parts.length}`;
    throw new CniError(ErrorCode.invalidConfig, what, 'name some of them, or write Mermaid (.mmd)');
  }
  const { instance } = await import('@viz-js/viz');
  return (await instance()).renderString(dotText(parts), { format: 'svg' });
}

/** Graphviz' own language. Pure. */
export function dotText(parts: readonly DiagramPart[]): string {
  const lines = parts.flatMap(({ nodes, edges }) => [
    ...nodes.map(({ id, label, kind }) => `${id} [label=${quoted(label)} ${LOOKS[kind]}]`),
    ...edges.map(([from, to]) => `${from} -> ${to}`),
  ]);
  // Of this font Graphviz knows the widths by itself, wherever it runs.
  const defaults = ['node [fontname=Helvetica fontsize=11 margin="0.15,0.06"]', 'edge [arrowsize=0.7]'];
  return `digraph {\nrankdir=LR\n${[...defaults, ...lines].join('\n')}\n}\n`;
}

/** Control characters are no XML, whatever Graphviz makes of them. */
function quoted(label: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const text = label.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd');
  // Graphviz reads entities such as &amp; in labels.
  return `"${text.replaceAll('&', '&amp;').replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
