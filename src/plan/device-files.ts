/** Which file a plugin may write its device information to. Pure. */
import type { NetworkConfigList } from '../network/network-source.ts';
import type { Selection } from '../selection/selection.ts';

/** The capability by which a plugin says that it wants to be told of such a file. */
export const DEVICE_FILE_CAPABILITY = 'CNIDeviceInfoFile';

/** The file of one attachment, and the device plugin's that it begins with. */
export interface DeviceFile {
  readonly ifName: string;
  readonly file: string;
  readonly copyOf: string | undefined;
}

/** The attachment's file below `dir`; `undefined` when no plugin of its list wants one. */
export function deviceFile(
  { selection, list }: { selection: Selection; list: NetworkConfigList },
  { dir, containerId }: { dir: string; containerId: string },
): DeviceFile | undefined {
  if (!list.plugins.some(({ capabilities }) => capabilities.includes(DEVICE_FILE_CAPABILITY))) return undefined;
  const { ifName, options } = selection;
  const { resourceName } = list;
  const { deviceId } = options;
  const copyOf =
    resourceName === undefined || deviceId === undefined
      ? undefined
      : `${dir}/dp/${resourceName.replaceAll('/', '-')}-${deviceId}-device.json`;
  return { ifName, file: `${dir}/cni/${list.name}-${containerId}-${ifName}-device.json`, copyOf };
}
