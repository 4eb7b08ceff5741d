/**
 * Files in which plugins say what device an attachment has, for `device-info` of the pod's network status: the port.
 *
 * A plugin that declares the capability `CNIDeviceInfoFile` is told the path of a file of its own and may write it; what
 * a device plugin has said of the device already is copied there first. The file goes with the attachment.
 */
import type { DeviceFile } from '../plan/device-files.ts';
import type { JsonObject } from '../schema/json.ts';

/** Where these files are kept. */
export interface DeviceInfoFiles {
  /** Makes their folder and copies what device plugins wrote. Throws: code 5 when the disk refuses. */
  prepare(files: readonly DeviceFile[]): Promise<void>;
  /** What stands in the file; `undefined` when nobody wrote it. Throws: Error when it is unusable. */
  read(file: string): Promise<JsonObject | undefined>;
}
