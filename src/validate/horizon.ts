/** What can be known by the files that were given, and what was asked for beyond. Pure. */
import { resolve } from 'node:path';
import type { NetworkChoice } from '../selection/selection.ts';
import { ownPlugin } from './configuration.ts';
import type { Report } from './finding.ts';
import type { Given } from './given.ts';
import type { Horizon } from './offline-node.ts';

/** A horizon that tells, once everything was looked up, what lay beyond it. */
export interface WatchedHorizon extends Horizon {
  tell(report: Report): void;
}

/** Without a single file of its kind, a network that is asked for can neither be found nor be missed. */
export function openHorizon({ nodes, manifests }: Given): WatchedHorizon {
  const kinds = new Set(manifests.map(({ kind }) => kind));
  const files = new Set(nodes.flatMap((node) => node.files.map(({ document }) => resolve(document.file))));
  // A folder with nothing but Braid's own configuration, whose networks lie elsewhere, says nothing of them.
  const hasNetworks = nodes.some(({ files: own }) =>
    own.some(({ file }) => file.kind === 'broken' || !ownPlugin(file.list)),
  );
  const missing = new Set<string>();
  const note = (what: string | undefined) => {
    if (what !== undefined) missing.add(what);
    return what !== undefined;
  };
  return {
    isElsewhere: (choice) => note(elsewhere(choice, files)),
    isBeyond: (choice) => note(kindToGive(choice, kinds, hasNetworks)),
    tell(report) {
      const asking = manifests.find(({ kind }) => kind === 'Pod')?.document ?? nodes[0]?.files[0]?.document;
      if (!asking) return;
      for (const what of missing) {
        const message = `networks that are asked for were not looked up, since no ${what} was given`;
        const hint = 'give the files that hold them as well';
        report({ rule: 'network-unchecked', place: asking.placeOf([]), message, hint });
      }
    },
  };
}

function elsewhere(choice: NetworkChoice, files: ReadonlySet<string>): string | undefined {
  if (choice.kind === 'path') return files.has(resolve(choice.path)) ? undefined : `file ${choice.path}`;
  if (choice.kind === 'chain-folder')
    return files.has(resolve(choice.besidePath)) ? undefined : `file ${choice.besidePath}`;
  return undefined;
}

function kindToGive(choice: NetworkChoice, kinds: ReadonlySet<string>, hasNetworks: boolean): string | undefined {
  switch (choice.kind) {
    case 'definition':
    case 'definition-or-file':
      return kinds.has('NetworkAttachmentDefinition') ? undefined : 'NetworkAttachmentDefinition';
    case 'logical':
      return kinds.has('LogicalNetwork') ? undefined : 'LogicalNetwork';
    case 'named':
    case 'first-in-conf-dir':
      return hasNetworks ? undefined : 'network configuration';
    default:
      return undefined;
  }
}
