/** The configuration file of a test's containerd (version 2, as containerd 1.6 and later read it). Pure. */
import { pauseImageName } from './pause-image.ts';

/** Where things lie; all are full paths inside the node. */
export type ContainerdPaths = {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly runc: string;
  readonly confDir: string;
  readonly binDir: string;
};

// Not needed by pods, and each wants something of the machine: a file system, a device, a folder outside of ours.
const disabledPlugins = [
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.overlayfs',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.internal.v1.opt',
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
];

/** The text of the file. A JSON string is a TOML string, too. */
export function containerdConfig(paths: ContainerdPaths): string {
  const text = (value: string): string => JSON.stringify(value);
  return `version = 2
root = ${text(paths.root)}
state = ${text(paths.state)}
disabled_plugins = [${disabledPlugins.map(text).join(', ')}]

[grpc]
address = ${text(paths.socket)}

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = ${text(pauseImageName)}
# Without CAP_SYS_RESOURCE a score below our own cannot be set.
restrict_oom_score_adj = true
tolerate_missing_hugetlb_controller = true

[plugins."io.containerd.grpc.v1.cri".cni]
conf_dir = ${text(paths.confDir)}
bin_dir = ${text(paths.binDir)}
max_conf_num = 1

[plugins."io.containerd.grpc.v1.cri".containerd]
# Copies instead of overlays: works on every file system, and the image is one tiny file.
snapshotter = "native"
default_runtime_name = "runc"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = ${text(paths.runc)}
SystemdCgroup = false
`;
}
