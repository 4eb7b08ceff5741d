/** A link of the network namespace in which this process runs, as sysfs has it. Touches /sys only. */
import { existsSync, readFileSync } from 'node:fs';
import type { HostLink } from './examined-node.ts';

/** `undefined`: there is none of that name. */
export function hostLink(name: string): HostLink | undefined {
  const folder = `/sys/class/net/${name}`;
  if (name === '' || name.includes('/') || !existsSync(`${folder}/address`)) return undefined;
  return {
    mac: readFileSync(`${folder}/address`, 'utf8').trim().toLowerCase(),
    isShared: ['bridge', 'device', 'bonding'].some((part) => existsSync(`${folder}/${part}`)),
  };
}
