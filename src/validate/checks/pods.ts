/** Pods and node configurations, each planned as an ADD of it would be: whatever the plan refuses is a finding at its annotation. */
import { dirname } from 'node:path';
import { readPod } from '../../pod/from-api-server.ts';
import { isJsonObject } from '../../schema/json.ts';
import { DEFAULT_NETWORK_ANNOTATIONS } from '../../selection/default-networks.ts';
import { parseNetworkList } from '../../selection/network-list.ts';
import { parseDefaultNetwork, parseNpwgNetworks } from '../../selection/npwg-list.ts';
import { GENIE_ANNOTATION, LOGICAL_ANNOTATION, NPWG_ANNOTATION } from '../../selection/select-networks.ts';
import { type Configuration, ownPlugin, pluginPath } from '../configuration.ts';
import { diagnose, requestFor } from '../diagnose.ts';
import type { Place, Report } from '../finding.ts';
import { withoutTrailingComma } from '../fixes/annotation-comma.ts';
import type { Manifest } from '../manifest.ts';
import { type OfflineNode, WRITE_NOTHING } from '../offline-node.ts';
import { placeOfMessage } from '../place-of-message.ts';
import { partOf } from '../source-document.ts';

/** A node on which pods may run, and where its files lie. */
export interface CheckedNode {
  readonly folder: string | undefined;
  readonly own: Configuration | undefined;
  readonly node: OfflineNode;
}

/** A pod without annotations, on the node of Braid's own configuration. */
export async function checkDefaults({ own, node }: CheckedNode, report: Report): Promise<void> {
  const plugin = own && ownPlugin(own.list);
  if (!own || !plugin) return;
  const document = partOf(own.document, pluginPath(own.document, plugin.index), plugin.raw);
  // It is about no pod, so no rule of who may have a network is of any interest.
  const config = { ...node.request.config, isolation: { ...node.request.config.isolation, allowedNamespaces: {} } };
  const { reasons } = await diagnose({ ...node, request: { ...node.request, config } });
  for (const { rule, message, hint } of reasons) {
    const isOfAnnotation = rule === 'annotation';
    report({ rule: isOfAnnotation ? 'braid-config' : rule, place: placeOfMessage(message, document), message, hint });
  }
}

/** The pod on every node that it may be meant for. */
export async function checkPod(pod: Manifest, nodes: readonly CheckedNode[], report: Report): Promise<void> {
  const { spec } = pod.body;
  // Of such a pod no runtime calls a plugin.
  if (isJsonObject(spec) && spec['hostNetwork'] === true) return;
  for (const { node } of nearest(pod.document.file, nodes)) await checkOn(node, pod, report);
}

async function checkOn({ request, ports }: OfflineNode, pod: Manifest, report: Report): Promise<void> {
  const { namespace, name, body } = pod;
  const annotations = annotationsOf(pod);
  const podSource = { find: async () => readPod(body, { namespace, name, uid: undefined }) };
  const { reasons, warnings } = await diagnose({
    request: requestFor(request, namespace, name),
    // Whether a status can be written is a matter of the node's configuration, and is told there.
    ports: { ...ports, podSources: [podSource], writeStatus: WRITE_NOTHING },
  });
  const title = `pod ${namespace}/${name}`;
  const catalogue = await ports.openCatalogue();
  for (const { rule, message, hint } of reasons) {
    const isClash = rule === 'annotation' && isReadable(annotations, namespace);
    const fix =
      rule === 'annotation' && !isClash
        ? withoutTrailingComma(pod, annotations, (changed) => isReadable(changed, namespace))
        : undefined;
    const place = placeOfAnnotation(message, pod, annotations);
    report({
      rule: isClash ? 'annotation-clash' : rule,
      place,
      message: `${title}: ${message}`,
      hint,
      ...(fix ? { fix } : {}),
    });
  }
  for (const message of warnings.filter((warning) => !catalogue.faults.includes(warning))) {
    report({
      rule: 'pod-doubt',
      place: placeOfAnnotation(message, pod, annotations),
      message: `${title}: ${message}`,
      hint: '',
    });
  }
}

/** The annotations; that they are texts was looked at before. */
function annotationsOf({ body }: Manifest): Readonly<Record<string, string>> {
  const { metadata } = body;
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined;
  return isJsonObject(annotations) ? (annotations as Record<string, string>) : {};
}

const CHOOSING = [NPWG_ANNOTATION, GENIE_ANNOTATION, LOGICAL_ANNOTATION, ...DEFAULT_NETWORK_ANNOTATIONS];

/** True when each annotation by itself can be read, so that a refusal is about what they say together. */
function isReadable(annotations: Readonly<Record<string, string>>, podNamespace: string): boolean {
  const given = (keys: readonly string[]) =>
    keys.flatMap((annotation) => {
      const text = annotations[annotation] ?? '';
      return text.trim() === '' ? [] : [{ annotation, text }];
    });
  try {
    for (const { text } of given([GENIE_ANNOTATION, LOGICAL_ANNOTATION])) parseNetworkList(text, '');
    for (const { annotation, text } of given([NPWG_ANNOTATION])) parseNpwgNetworks(text, { annotation, podNamespace });
    for (const { annotation, text } of given(DEFAULT_NETWORK_ANNOTATIONS)) {
      parseDefaultNetwork(text, { annotation, networkNamespace: podNamespace, referrer: 'pod' });
    }
    return true;
  } catch {
    return false;
  }
}

function placeOfAnnotation(
  message: string,
  { document }: Manifest,
  annotations: Readonly<Record<string, string>>,
): Place {
  const named = Object.keys(annotations).find((key) => message.includes(JSON.stringify(key)));
  const key = named ?? CHOOSING.find((choosing) => choosing in annotations);
  return key === undefined
    ? document.placeOf(['metadata', 'name'])
    : document.placeOf(['metadata', 'annotations', key]);
}

/** The nodes whose files are nearest to the manifest: `demo/pod.yaml` is for `demo/net.d`, and one far from all for all. */
function nearest(file: string, nodes: readonly CheckedNode[]): CheckedNode[] {
  const parts = dirname(file).split('/');
  const near = ({ folder = '' }: CheckedNode) => {
    const other = folder.split('/');
    const differs = parts.findIndex((part, index) => part !== other[index]);
    return differs < 0 ? parts.length : differs;
  };
  const most = Math.max(...nodes.map(near));
  return nodes.filter((node) => near(node) === most);
}
