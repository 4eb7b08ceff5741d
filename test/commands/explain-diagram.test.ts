import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { diagramOf } from '../../src/commands/explain/diagram.ts';
import type { ExplainedAttachment, PodExplanation } from '../../src/commands/explain/explanation.ts';
import { mermaidText } from '../../src/commands/explain/print-mermaid.ts';
import { svgText } from '../../src/commands/explain/print-svg.ts';
import { failure } from '../samples/failure.ts';

const SAID = { warnings: [], notes: [] };

function attachment(ifName: string, network: string, types: readonly string[]): ExplainedAttachment {
  const plugins = types.map((type) => ({
    type,
    path: `/opt/cni/bin/${type}`,
    env: {},
    stdin: { type },
    capabilities: { declared: [], given: {} },
    changes: [],
  }));
  return {
    interface: ifName,
    isPrimary: ifName === 'eth0',
    network,
    reference: ifName === 'eth0' ? network : `shop/${network}`,
    why: 'a test',
    dialect: 'npwg',
    origin: 'a test',
    cniVersion: '1.0.0',
    options: {},
    changes: [],
    plugins,
  };
}

const PLANNED: PodExplanation = {
  namespace: 'shop',
  name: 'web',
  outcome: 'planned',
  decision: { dialect: 'npwg', rule: 'a test' },
  annotationsFrom: 'a test',
  attachments: [attachment('eth0', 'front', ['bridge', 'portmap']), attachment('net1', 'back', ['macvlan'])],
  ...SAID,
};

const ODD = 'it says "<b>&amp;</b>" #1; `x` \\N \u001b[31m';
const FAILED: PodExplanation = {
  namespace: 'shop',
  name: 'broken',
  outcome: 'failed',
  error: { code: 7, msg: ODD, details: '' },
  ...SAID,
};

const HOSTED: PodExplanation = { namespace: 'shop', name: 'proxy', outcome: 'host-network', ...SAID };

test('a pod leads to its networks, each through its chain to its interface', () => {
  expect(mermaidText(diagramOf([PLANNED]))).toBe(`flowchart LR
  p0(["shop/web"])
  p0a0["front<br/>(primary)"]
  p0a0c0[["bridge"]]
  p0a0c1[["portmap"]]
  p0a0i(("eth0"))
  p0a1["back<br/>shop/back"]
  p0a1c0[["macvlan"]]
  p0a1i(("net1"))
  p0 --> p0a0
  p0a0 --> p0a0c0
  p0a0c0 --> p0a0c1
  p0a0c1 --> p0a0i
  p0 --> p0a1
  p0a1 --> p0a1c0
  p0a1c0 --> p0a1i
  classDef error stroke:#b00020,color:#b00020
`);
});

test('what Mermaid would read as its own language is quoted', () => {
  const [, , node = ''] = mermaidText(diagramOf([FAILED])).split('\n');
  expect(node).toContain('it says #34;#60;b#62;#38;amp;#60;/b#62;#34; #35;1; #96;x#96;');
  expect(node.match(/"/g)).toHaveLength(2);
  expect(node).not.toContain('\u001b');
});

describe('as SVG', () => {
  /** All texts of a document; what is no XML fails the test. */
  function textsOf(svg: string): string[] {
    expect(XMLValidator.validate(svg)).toBe(true);
    const texts: string[] = [];
    const parser = new XMLParser({
      htmlEntities: true,
      tagValueProcessor: (tag, value) => void (tag === 'text' && texts.push(value)),
    });
    expect(Object.keys(parser.parse(svg))).toContain('svg');
    return texts;
  }

  test('it is XML and shows every name', async () => {
    const texts = textsOf(await svgText(diagramOf([PLANNED, HOSTED])));
    const names = [
      'shop/web',
      'front',
      '(primary)',
      'bridge',
      'portmap',
      'eth0',
      'back',
      'shop/back',
      'macvlan',
      'net1',
    ];
    expect(texts.toSorted()).toEqual([...names, 'shop/proxy', "the host's network"].toSorted());
  });

  test('it is XML whatever stands in a name', async () => {
    const texts = textsOf(await svgText(diagramOf([FAILED])));
    expect(texts.join(' ')).toContain('it says "<b>&amp;</b>" #1; `x` \\N \ufffd[31m');
  });

  test('more pods than fit are refused', async () => {
    const many = diagramOf(Array.from({ length: 201 }, () => HOSTED));
    expect(await failure(() => svgText(many))).toMatchObject({
      message: 'an SVG can show 200 pods, and these are 201',
    });
  });
});
