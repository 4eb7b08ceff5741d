/** A trace on its way to a collector: what is sent, and what is said where it does not arrive. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { collectorUrl, postTrace } from '../../src/tracing/post-trace.ts';

const BODY = Buffer.from('{"resourceSpans":[]}');

async function collector(answer: RequestListener): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe('postTrace', () => {
  test('sends it as OTLP over HTTP has it, with the headers that are wanted', async () => {
    const seen: unknown[] = [];
    const endpoint = await collector(async (request, response) => {
      const { method, url, headers } = request;
      seen.push({ method, url, type: headers['content-type'], key: headers['x-key'], body: await bodyOf(request) });
      response.end('{"partialSuccess":{}}');
    });
    await postTrace(endpoint, { 'x-key': 'k1', 'Content-Type': 'text/plain' }, BODY);
    expect(seen).toEqual([
      { method: 'POST', url: '/v1/traces', type: 'application/json', key: 'k1', body: BODY.toString() },
    ]);
  });

  test('finds a collector by its name, however many look for it at once', async () => {
    let requests = 0;
    const endpoint = await collector((_, response) => {
      requests += 1;
      response.end('{}');
    });
    const named = endpoint.replace('127.0.0.1', 'localhost');
    await Promise.all([1, 2, 3].map(() => postTrace(named, {}, BODY)));
    expect(requests).toBe(3);
    await expect(postTrace('http://no-such-name.invalid', {}, BODY)).rejects.toThrow(
      /ENOTFOUND|EAI_AGAIN|no answer within/,
    );
  });

  test.each<[string, RequestListener, RegExp]>([
    [
      'refuses it',
      (_, response) => void response.writeHead(401).end('who are you?'),
      /^the collector answers 401: "who are you\?"$/,
    ],
    [
      'sends it elsewhere',
      (_, response) => void response.writeHead(302, { location: '/' }).end(),
      /^the collector answers 302$/,
    ],
    [
      'refuses some of its spans',
      (_, response) => void response.end('{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}'),
      /^the collector refuses spans: .*too old/,
    ],
    ['says nothing', () => undefined, /^no answer within 1000 ms$/],
    ['does not come to an end', (_, response) => void response.write('x'), /^no answer within 1000 ms$/],
    ['hangs up', (request) => void request.socket.destroy(), /socket hang up|ECONNRESET/],
  ])('says so where the collector %s', async (_how, answer, fault) => {
    const endpoint = await collector(answer);
    const began = performance.now();
    await expect(postTrace(endpoint, {}, BODY)).rejects.toThrow(fault);
    expect(performance.now() - began).toBeLessThan(1800);
  });

  test('does not repeat a key that the collector does', async () => {
    const endpoint = await collector((_, response) => void response.writeHead(401).end('no such key: k3y-of-us'));
    for (const headers of [{ 'x-key': 'k3y-of-us' }, { authorization: 'Custom k3y-of-us' }])
      await expect(postTrace(endpoint, headers, BODY)).rejects.toThrow(
        'the collector answers 401: "no such key: (hidden)"',
      );
  });

  test('is content with a long answer', async () => {
    const endpoint = await collector((_, response) => {
      response.write('x'.repeat(200_000));
    });
    await postTrace(endpoint, {}, BODY);
  });

  test('says so where nobody listens', async () => {
    await expect(postTrace('http://127.0.0.1:1', {}, BODY)).rejects.toThrow(/ECONNREFUSED/);
  });
});

test.each([
  ['http://collector:4318', 'http://collector:4318/v1/traces'],
  ['http://collector:4318/', 'http://collector:4318/v1/traces'],
  ['https://api.example/otlp/v1/traces', 'https://api.example/otlp/v1/traces'],
  ['https://api.example?key=1', 'https://api.example/v1/traces?key=1'],
])('the endpoint %s means %s', (endpoint, url) => {
  expect(collectorUrl(endpoint).href).toBe(url);
});
