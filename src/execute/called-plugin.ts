/** What a call of a delegate is about, read from the call itself. Pure. */
import { basename } from 'node:path/posix';
import { isJsonObject } from '../schema/json.ts';
import type { WhatIsSaid } from './run-chain.ts';

/** Members are empty where the call does not say. */
export interface CalledPlugin {
  /** Empty for the helper, which has none. */
  readonly verb: string;
  readonly containerId: string;
  readonly network: string;
  readonly interface: string;
  readonly plugin: string;
}

/** Reads it. */
export function calledPlugin({ path, variables, stdin }: WhatIsSaid): CalledPlugin {
  const verb = variables['CNI_COMMAND'] ?? '';
  return {
    verb,
    containerId: variables['CNI_CONTAINERID'] ?? '',
    network: networkIn(stdin),
    interface: verb === 'VERSION' ? '' : (variables['CNI_IFNAME'] ?? ''),
    plugin: basename(path),
  };
}

/** The helper gets lines of commands. */
function networkIn(stdin: string): string {
  try {
    const config: unknown = JSON.parse(stdin);
    return isJsonObject(config) && typeof config['name'] === 'string' ? config['name'] : '';
  } catch {
    return '';
  }
}
