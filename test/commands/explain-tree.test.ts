import picocolors from 'picocolors';
import { expect, test } from 'vitest';
import type { PodExplanation } from '../../src/commands/explain/explanation.ts';
import { podTree } from '../../src/commands/explain/tree.ts';

const SAID = { warnings: [], notes: [] };
const ESC = '\u001b';

const PLANNED: PodExplanation = {
  namespace: 'shop',
  name: 'web',
  place: `a${ESC}[2J.yaml:1`,
  outcome: 'planned',
  decision: { dialect: 'npwg', rule: 'a rule' },
  annotationsFrom: 'a test',
  attachments: [
    {
      interface: 'net1',
      isPrimary: false,
      network: 'back',
      reference: 'shop/back',
      why: 'a test',
      dialect: 'npwg',
      origin: 'definition shop/back',
      place: 'b.yaml:2',
      cniVersion: '1.0.0',
      options: { defaultRoute: ['10.0.0.1'] },
      changes: ['made for it'],
      plugins: [
        {
          type: 'macvlan',
          path: '/bin/macvlan',
          env: { CNI_ARGS: `a=${ESC}]0;x` },
          stdin: { type: 'macvlan', [`odd\u009b`]: 'x'.repeat(80) },
          capabilities: { declared: ['ips', 'mac'], given: { mac: 'm' } },
          changes: ['"a" is added: 1'],
        },
      ],
    },
  ],
  defaultRoute: { ifName: 'net1', why: 'a key', gateways: ['10.0.0.1'] },
  warnings: ['a warning'],
  notes: ['a note'],
};

test('all that is known of a pod stands in its tree, and nothing that a terminal would obey', () => {
  const tree = podTree(PLANNED, { colors: picocolors.createColors(false), isVerbose: true });
  expect(tree).toBe(`shop/web  a\\x1b[2J.yaml:1
├─ a rule (npwg; annotations from a test)
├─ net1  back of shop/back
│  ├─ why     a test
│  ├─ from    definition shop/back (b.yaml:2)
│  ├─ asks    defaultRoute ["10.0.0.1"]
│  ├─ changed made for it
│  ├─ changed macvlan: "a" is added: 1
│  └─ 1. macvlan  /bin/macvlan
│     ├─ declares ips, mac; given mac
│     ├─ env
│     │  CNI_ARGS=a=\\x1b]0;x
│     └─ stdin
│        {
│          "type": "macvlan",
│          "odd\\x9b": "${'x'.repeat(80)}"
│        }
├─ default route by net1 and 10.0.0.1: a key
├─ warning  a warning
└─ note  a note
`);
});

test('colours are for those who want them', () => {
  const pod: PodExplanation = { namespace: 'shop', name: 'web', outcome: 'host-network', ...SAID };
  const coloured = podTree(pod, { colors: picocolors.createColors(true), isVerbose: false });
  expect(coloured).toContain(`${ESC}[1mshop/web`);
  expect(podTree(pod, { colors: picocolors.createColors(false), isVerbose: false })).not.toContain(ESC);
});
