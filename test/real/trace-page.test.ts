/** The page of `braid trace --html` in a real browser: what is seen, in which place, and that nothing else happens. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { tracePage } from '../../src/commands/trace/page.ts';
import { readTraces } from '../../src/commands/trace/read-traces.ts';
import { BROWSER, describeReal, hasBrowser } from '../harness/real-requirements.ts';
import { delegateSpan, requestLine, stageSpan } from '../samples/otlp-trace.ts';
import { scratchFolder } from '../samples/scratch.ts';

const HOSTILE = '"\'><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(2)>';

/** A hundred calls; the newest has bars from 0, 25 and 50 of its 100 ms, the tenth newest failed and names nasty things. */
function pageText(): string {
  const lines = Array.from({ length: 100 }, (_, index) => {
    const at = index * 1000;
    const failed = index === 90 ? { error: HOSTILE } : {};
    const below = [
      stageSpan('lock', at, at + 10),
      delegateSpan('ADD bridge', at + 25, at + 50),
      delegateSpan('ADD ptp', at + 50, at + 100, { ...failed, ...(index === 90 && { name: HOSTILE }) }),
      stageSpan('journal', at + 100, at + 100),
    ];
    const request = { from: at, to: at + 100, attributes: { 'k8s.pod.name': `web-${index}` }, ...failed };
    return requestLine(below, request, (index + 1).toString(16).padStart(32, '0'));
  });
  const { requests } = readTraces([{ file: 'trace.jsonl', text: lines.join('\n') }]);
  return tracePage(requests, { files: ['trace.jsonl'], earlier: 0 });
}

describeReal('the page of traces', hasBrowser(), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await puppeteer.launch({
      executablePath: BROWSER,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
  });
  afterAll(() => browser.close());

  /** Opens it; `noise` is what a page should not do. */
  async function openPage(prepare: (page: Page) => Promise<void> = async () => undefined) {
    const file = join(scratchFolder(), 'page.html');
    writeFileSync(file, pageText());
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.setViewport({ width: 1400, height: 1000 });
    const noise: string[] = [];
    page.on('console', (message) => noise.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => noise.push(`error: ${String(error)}`));
    page.on('dialog', (dialog) => {
      noise.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) noise.push(`request: ${request.url()}`);
    });
    await prepare(page);
    await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
    return { page, noise };
  }

  /** The bars of the newest call in parts of the width of their chart, and how far down they are. */
  const bars = (page: Page) =>
    page.$$eval('details:first-of-type svg.bar', (charts) =>
      charts.map((chart) => {
        const outer = chart.getBoundingClientRect();
        const bar = chart.querySelector('rect')?.getBoundingClientRect() ?? outer;
        return { from: (bar.x - outer.x) / outer.width, part: bar.width / outer.width, y: bar.y, height: bar.height };
      }),
    );

  test('bars stand where their spans were, one below the other', async () => {
    const { page, noise } = await openPage();
    const seen = await bars(page);
    const rounded = (value: number) => Math.round(value * 100) / 100;
    expect(seen.map(({ from, part }) => [rounded(from), rounded(part)])).toEqual([
      [0, 0.1],
      [0.25, 0.25],
      [0.5, 0.5],
      [1, 0],
    ]);
    for (const { part, height } of seen) expect([part > 0.001, height > 5]).toEqual([true, true]);
    const down = seen.map(({ y }) => y);
    expect(down).toEqual(down.toSorted((left, right) => left - right));
    expect(new Set(down).size).toBe(4);
    expect(noise).toEqual([]);
  });

  test('what fails is open, and what it is called stays text', async () => {
    const { page, noise } = await openPage();
    const open = await page.$$eval('details[open] .subject', (subjects) => subjects.map((each) => each.textContent));
    expect(open).toEqual(['shop/web-99', 'shop/web-90']);
    const failed = await page.$eval('details.failed', ({ textContent }) => textContent);
    expect(failed).toContain(HOSTILE);
    expect(await page.$$('img, script:not(:last-of-type)')).toEqual([]);
    const colour = await page.evaluate("getComputedStyle(document.querySelector('main rect.failed')).fill");
    expect(colour).toBe('rgb(207, 34, 46)');
    expect(noise).toEqual([]);
  });

  test('calls are filtered, opened and closed', async () => {
    const { page, noise } = await openPage();
    const shown = () => page.$$eval('details:not([hidden])', (calls) => calls.length);
    const said = () => page.$eval('#count', (count) => count.textContent);
    await page.type('#filter', 'WEB-7 ptp');
    expect([await shown(), await said()]).toEqual([11, '11 of 100']);
    await page.click('#open');
    expect(await page.$$eval('details[open]:not([hidden])', (calls) => calls.length)).toBe(11);
    await page.click('#close');
    expect(await page.$$eval('details[open]:not([hidden])', (calls) => calls.length)).toBe(0);
    await page.$eval('#filter', (field) => {
      (field as unknown as { value: string }).value = '';
    });
    await page.click('#failed');
    expect([await shown(), await said()]).toEqual([1, '1 of 100']);
    expect(noise).toEqual([]);
  });

  test('without JavaScript all can be read, and nothing is offered that would not work', async () => {
    const { page } = await openPage((each) => each.setJavaScriptEnabled(false));
    const seen = await bars(page);
    expect(seen.map(({ part }) => part > 0)).toEqual([true, true, true, true]);
    expect(await page.$eval('.tools', (tools) => tools.getBoundingClientRect().height)).toBe(0);
    await page.click('details:nth-of-type(2) summary');
    expect(await page.$$eval('details[open]', (calls) => calls.length)).toBe(3);
  });

  test.each([
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(13, 17, 23)'],
  ])('it is %s where that is wanted, and never wider than its window', async (scheme, ground) => {
    const { page } = await openPage((each) =>
      each.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]),
    );
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(ground);
    for (const width of [1400, 700]) {
      await page.setViewport({ width, height: 800 });
      expect(await page.$eval('html', (html) => html.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });
});
