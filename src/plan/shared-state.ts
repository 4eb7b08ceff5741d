/**
 * Plugins that keep what they need for DEL by container alone, without the interface name. Pure.
 *
 * Twice in one pod, the second ADD overwrites what the first one kept, and one lease is never given back; such a plugin
 * needs a folder of its own for each network.
 */
import { CniError, ErrorCode } from '../errors.ts';
import type { NetworkConfigList } from '../network/network-source.ts';

/** The key that names a plugin's folder, and the folder where it is not set. */
const STATE_FOLDERS: Readonly<Record<string, { readonly key: string; readonly usual: string }>> = {
  flannel: { key: 'dataDir', usual: '/var/lib/cni/flannel' },
};

/** Throws: code 7 when two of a pod's networks would keep such state in one folder. */
export function refuseSharedState(lists: readonly NetworkConfigList[]): void {
  const owners = new Map<string, string>();
  for (const { name, plugins } of lists) {
    for (const { type, raw } of plugins) {
      const state = Object.hasOwn(STATE_FOLDERS, type) ? STATE_FOLDERS[type] : undefined;
      if (!state) continue;
      const place = `${type} ${String(raw[state.key] ?? state.usual)}`;
      const other = owners.get(place);
      if (other !== undefined) {
        throw new CniError(
          ErrorCode.invalidConfig,
          `networks "${other}" and "${name}" both run ${type}, which can keep one network a pod in one "${state.key}"`,
          `give each of the two networks a "${state.key}" of its own`,
        );
      }
      owners.set(place, name);
    }
  }
}
