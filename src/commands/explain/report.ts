/** What a person or a program reads of explained pods. */
import { writeFileSync } from 'node:fs';
import type { Environment } from '../../environment/environment.ts';
import { CniError, ErrorCode, errorText } from '../../errors.ts';
import { USUAL_FILE } from '../../schema/installation.ts';
import { coloursFor } from '../plain-table.ts';
import type { PodExplanation } from './explanation.ts';
import { podTree } from './tree.ts';

/** A picture's file. */
export interface DiagramFile {
  readonly path: string;
  readonly format: 'mmd' | 'svg';
}

/** What the pods were explained on. */
export interface ExplainedHead {
  /** For people: where the pods come from. */
  readonly source: string;
  /** Absent: there is none, and defaults hold. */
  readonly configuration: string | undefined;
  readonly confDir: string;
  readonly pluginDirs: readonly string[];
  readonly arePluginsAssumed: boolean;
  readonly warnings: readonly string[];
}

/** The keys are documented in docs/explain.md. */
export function explainedJson(head: ExplainedHead, pods: readonly PodExplanation[]): string {
  const { configuration = null, confDir, pluginDirs, arePluginsAssumed, warnings } = head;
  const node = { configuration, confDir, pluginDirs, arePluginsAssumed, warnings };
  return `${JSON.stringify({ node, pods }, undefined, 2)}\n`;
}

/** For people. */
export function explainedText(
  head: ExplainedHead,
  pods: readonly PodExplanation[],
  { isVerbose, environment }: { isVerbose: boolean; environment: Environment },
): string {
  const colors = coloursFor(environment);
  const facts = [
    ['pods', head.source],
    ['configuration', head.configuration ?? `defaults, for there is no --conf and no ${USUAL_FILE}`],
    ['networks', head.confDir],
    ['plugins', head.arePluginsAssumed ? ASSUMED : head.pluginDirs.join(', ')],
  ];
  const lines = facts.map(([label = '', text]) => `${colors.dim(label.padEnd(13))} ${text}\n`);
  const warnings = head.warnings.map((text) => `${colors.yellow('warning')}       ${text}\n`);
  const trees = pods.map((pod) => `\n${podTree(pod, { colors, isVerbose })}`);
  return [...lines, ...warnings, ...trees, ...(pods.length > 1 ? [`\n${summary(pods)}\n`] : [])].join('');
}

const ASSUMED = 'not looked for: every plugin is taken as installed';

function summary(pods: readonly PodExplanation[]): string {
  const count = (outcome: PodExplanation['outcome']) => pods.filter((pod) => pod.outcome === outcome).length;
  const [hosted, unexplained] = [count('host-network'), count('unexplained')];
  const parts = [
    `${pods.length} pods`,
    `${count('planned')} can be attached`,
    `${count('failed')} would fail`,
    ...(unexplained === 0 ? [] : [`${unexplained} cannot be explained`]),
    ...(hosted === 0 ? [] : [`${hosted} on the host's network`]),
  ];
  return parts.join(', ');
}

/** Writes a picture of the pods. Throws: code 5 when the file cannot be written. */
export async function writeDiagram({ path, format }: DiagramFile, pods: readonly PodExplanation[]): Promise<void> {
  const { diagramOf } = await import('./diagram.ts');
  const parts = diagramOf(pods);
  const text =
    format === 'svg'
      ? await (await import('./print-svg.ts')).svgText(parts)
      : (await import('./print-mermaid.ts')).mermaidText(parts);
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new CniError(ErrorCode.io, `cannot write ${path}: ${errorText(cause)}`, '', { cause });
  }
}
