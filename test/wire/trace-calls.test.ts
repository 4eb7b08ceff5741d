/** The key "trace" in every form: spans in a file and at a collector, delegates that go on with the trace, no call harmed. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { BRAID_FORMS, type BraidForm, BraidNode, COMPILED, prepareForms } from '../harness/braid-call.ts';
import { pollUntil } from '../harness/poll-until.ts';
import { script } from '../samples/scratch.ts';

let end: () => Promise<void>;
beforeAll(async () => {
  end = await prepareForms();
});
afterAll(() => end());

let node: BraidNode;
let file: string;

beforeEach(() => {
  node = new BraidNode();
  file = join(node.dir, 'trace.jsonl');
  for (const network of ['front', 'storage'])
    node.conf(`10-${network}.conflist`, { cniVersion: '1.0.0', name: network, plugins: [{ type: 'teller' }] });
  script(
    node.binDir,
    'teller',
    `echo "$CNI_COMMAND $CNI_IFNAME $TRACEPARENT $TRACESTATE" >> ${node.dir}/told`,
    `[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion":"1.0.0","interfaces":[],"ips":[]}'`,
  );
});
afterEach(() => node.dispose());

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT = { TRACEPARENT: `00-${TRACE_ID}-b7ad6b7169203331-01`, TRACESTATE: 'vendor=1' };

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code: number; readonly message?: string };
}

function spansIn(text: string): Span[][] {
  const requests = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return requests.map((each) => each.resourceSpans[0].scopeSpans[0].spans);
}

/** An agent answers before it writes. */
function writtenSpans(count: number): Promise<Span[][]> {
  const probe = () => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    return text.split('\n').length > count ? spansIn(text) : undefined;
  };
  return pollUntil(probe, { withinMs: 5000, what: `${count} lines in the file` });
}

const call = (form: BraidForm, verb: string, trace: object, env: Readonly<Record<string, string>> = {}) =>
  node.call(form, { verb, annotations: { cni: 'front,storage' }, config: { trace }, env });

describe.each(BRAID_FORMS)('$name', (form) => {
  test('each call adds its spans to the file, and delegates are told of theirs', async () => {
    expect(await call(form, 'ADD', { file }, PARENT)).toMatchObject({ code: 0, stderr: '' });
    expect(await call(form, 'DEL', { file })).toMatchObject({ code: 0, stderr: '' });
    const [add = [], del = []] = await writtenSpans(2);
    const root = add.at(-1);
    expect(root).toMatchObject({ name: 'ADD', kind: 2, traceId: TRACE_ID, parentSpanId: 'b7ad6b7169203331' });
    expect(new Set(add.slice(0, -1).map((span) => span.parentSpanId))).toEqual(new Set([root?.spanId]));
    const stages = ['lock', 'journal', 'pod', 'networks', 'plugins'];
    expect(add.map(({ name }) => name)).toEqual(expect.arrayContaining(stages));
    const delegates = add.filter(({ name }) => name === 'ADD teller');
    const told = readFileSync(join(node.dir, 'told'), 'utf8').split('\n');
    expect(told.slice(0, 2)).toEqual(
      ['eth0', 'eth1'].map((ifName, index) => `ADD ${ifName} 00-${TRACE_ID}-${delegates[index]?.spanId}-01 vendor=1`),
    );
    // Without a parent each request is a trace of its own.
    expect(del.at(-1)).not.toHaveProperty('parentSpanId');
    expect(told[2]).toMatch(new RegExp(`^DEL eth1 00-${del[0]?.traceId}-[0-9a-f]{16}-01 $`));
  });
});

/** A collector that takes what it gets and answers by `answer`. */
async function collector(answer: RequestListener) {
  const got: { url: string | undefined; body: string }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    got.push({ url: request.url, body: Buffer.concat(chunks).toString() });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, got };
}

test.each(BRAID_FORMS.filter(({ name }) => name !== 'on Node'))(
  '$name: a collector gets each request once',
  async (form) => {
    const { endpoint, got } = await collector((_, response) => void response.end('{}'));
    expect(await call(form, 'ADD', { endpoint })).toMatchObject({ code: 0, stderr: '' });
    await pollUntil(() => got[0], { withinMs: 5000, what: 'spans at the collector' });
    expect(got.map(({ url }) => url)).toEqual(['/v1/traces']);
    expect(spansIn(got[0]?.body ?? '')[0]?.at(-1)?.name).toBe('ADD');
  },
);

test('what cannot be delivered is a warning, soon, and the pod has its networks', async () => {
  const { endpoint } = await collector(() => undefined);
  mkdirSync(file);
  const began = performance.now();
  const { code, stderr, json } = await call(COMPILED, 'ADD', { file, endpoint: endpoint.replace('//', '//u:s3cret@') });
  expect(performance.now() - began).toBeLessThan(3000);
  expect([code, json.cniVersion]).toEqual([0, '1.0.0']);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { host } = new URL(endpoint);
  expect(lines).toMatchObject([
    { level: 40, file, cause: expect.stringContaining('EISDIR'), msg: 'the trace of this call is lost' },
    { endpoint: `http://u:(hidden)@${host}/v1/traces`, cause: 'no answer within 1000 ms' },
  ]);
});

test('a call that fails tells the error that the runtime got', async () => {
  const { code, json } = await node.call(COMPILED, {
    verb: 'ADD',
    annotations: { cni: 'nowhere' },
    config: { trace: { file } },
  });
  expect([code, json.code]).toEqual([1, 7]);
  const [spans] = await writtenSpans(1);
  expect(spans?.at(-1)).toMatchObject({ name: 'ADD', status: { code: 2, message: json.msg } });
});

test('a wrong key fails an ADD and names what is wrong, but no DEL', async () => {
  const add = await call(COMPILED, 'ADD', { fil: file });
  expect([add.code, add.json]).toMatchObject([
    1,
    { code: 7, msg: 'invalid configuration: "trace" has the unknown key "fil"' },
  ]);
  const del = await call(COMPILED, 'DEL', { fil: file });
  expect([del.code, del.stdout]).toEqual([0, '']);
  expect(del.stderr).toContain('"trace\\" has the unknown key');
});
