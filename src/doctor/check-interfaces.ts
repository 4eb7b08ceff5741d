/**
 * Links that pods left on the node.
 *
 * Only what is certain: a link that the record of one container alone names, with the hardware address that its result gave it,
 * where the container's namespace is gone. A bridge, or a device of the machine, is nobody's in particular.
 */
import { EMPTY_RESULT, parseResultBody } from '../schema/result.ts';
import type { AttachmentRecord } from '../state/state-store.ts';
import { isStale, recordsOf } from './check-journal.ts';
import { type Check, counted, type Finding, shortList } from './finding.ts';

export const checkInterfaces: Check = {
  name: 'interfaces',
  async run(node): Promise<Finding[]> {
    const { host } = await node.ports();
    const records = recordsOf((await node.journal()).entries);
    const named = new Map(records.map((record) => [record, nodeLinks(record)]));
    const owners = new Map<string, number>();
    for (const { name } of [...named.values()].flat()) owners.set(name, (owners.get(name) ?? 0) + 1);
    const left = records
      .filter((record) => isStale(record, host))
      .flatMap((record) => named.get(record) ?? [])
      .filter(({ name, mac }) => {
        const link = owners.get(name) === 1 ? node.link(name) : undefined;
        return link !== undefined && !link.isShared && link.mac === mac;
      });
    if (left.length === 0) return [];
    const names = left.map(({ name }) => name);
    return [
      {
        id: 'interfaces/left',
        severity: 'warning',
        what: `${counted(left.length, 'link')} of containers whose namespace is gone: ${shortList(names)}`,
        why: 'their routes and rules may catch what is meant for another pod',
        mend: `the DEL of their containers removes them ("braid gc --dry-run"); by hand: ip link delete ${names[0]}`,
        where: names[0] ?? '',
      },
    ];
  },
};

/** The links that results say are on the node's side, each once, with their addresses in lower case. */
function nodeLinks({ attachments }: AttachmentRecord): { name: string; mac: string }[] {
  const links = attachments.flatMap(({ result, phase }) => {
    const parsed = parseResultBody(phase === 'gone' ? {} : (result ?? {}));
    const { interfaces } = parsed.success ? parsed.data : EMPTY_RESULT;
    return interfaces.flatMap(({ name, mac, sandbox }) => (sandbox || !mac ? [] : [{ name, mac: mac.toLowerCase() }]));
  });
  return [...new Map(links.map((link) => [link.name, link])).values()];
}
