/** The page as text: nothing from outside, nothing of a pod but as text, all of it under its own policy. */
import { createHash } from 'node:crypto';
import { XMLValidator } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { tracePage } from '../../../src/commands/trace/page.ts';
import { readTraces } from '../../../src/commands/trace/read-traces.ts';
import { delegateSpan, requestLine, stageSpan } from '../../samples/otlp-trace.ts';

const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(2)></style><!--\u202e\u0000`;

function pageOf(...lines: readonly string[]): string {
  const { requests } = readTraces([{ file: 'f', text: lines.join('\n') }]);
  return tracePage(requests, { files: [HOSTILE], earlier: 3 });
}

const hostilePage = () =>
  pageOf(
    requestLine(
      [
        delegateSpan(`ADD ${HOSTILE}`, 0, 10, {
          error: HOSTILE,
          attributes: {
            'cni.network': HOSTILE,
            'cni.interface': HOSTILE,
            'cni.end': HOSTILE,
            'cni.error.details': HOSTILE,
          },
        }),
      ],
      {
        error: HOSTILE,
        attributes: {
          'k8s.pod.name': HOSTILE,
          'container.id': HOSTILE,
          'cni.command': HOSTILE,
          'cni.interface': HOSTILE,
        },
      },
    ),
  );

test('what pods and plugins are called and say is text', () => {
  const page = hostilePage();
  expect(page.match(/<(script|style|img|!--)/g)).toEqual(['<style', '<script']);
  expect([page.includes('\u0000'), page.includes('\u202e')]).toEqual([false, false]);
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('nothing comes from elsewhere, and no element has a style or a handler of its own', () => {
  const page = hostilePage();
  const tags = page.match(/<[a-z][^>]*>/g) ?? [];
  expect(
    tags.filter((tag) => /\s(src|href|style|on\w+|action|srcset|data)=/.test(tag.replaceAll(/"[^"]*"/g, '""'))),
  ).toEqual([]);
  expect(page).not.toMatch(/@import|url\(|https?:/);
});

test('its policy allows its own style and script and nothing else', () => {
  const page = pageOf(requestLine([]));
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const hashOf = (element: string) => {
    const text = page.split(`<${element}>`)[1]?.split(`</${element}>`)[0] ?? '';
    return `sha256-${createHash('sha256').update(text).digest('base64')}`;
  };
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `style-src '${hashOf('style')}'`,
    `script-src '${hashOf('script')}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});

test('the newest call stands first and is open, as are those that failed', () => {
  const lines = ['ok', 'failed', 'ok', 'ok'].map((state, index) =>
    requestLine(
      [stageSpan('lock', index * 1000, index * 1000 + 1)],
      {
        from: index * 1000,
        to: index * 1000 + 50,
        attributes: { 'k8s.pod.name': `web-${index}` },
        ...(state === 'failed' ? { error: 'x' } : {}),
      },
      String(index + 1).repeat(32),
    ),
  );
  const page = pageOf(...lines);
  expect([...page.matchAll(/class="subject">shop\/(web-\d)</g)].map(([, name]) => name)).toEqual([
    'web-3',
    'web-2',
    'web-1',
    'web-0',
  ]);
  expect(page.match(/<details [^>]*>/g)).toEqual([
    '<details class="request" open>',
    '<details class="request">',
    '<details class="request failed" open>',
    '<details class="request">',
  ]);
  expect(page).toContain('<p>1 failed, the slowest took 50.0 ms; 3 calls before these</p>');
});

test('its elements are closed in their order', () => {
  const page = hostilePage();
  const [, main = ''] = /<main>([\s\S]*)<\/main>/.exec(page) ?? [];
  expect(XMLValidator.validate(`<main>${main.replaceAll(' open>', ' open="">')}</main>`)).toBe(true);
});

test('no calls are a page, too', () => {
  expect(pageOf('')).toContain('<h1>0 calls of Braid</h1>');
});
