/** docs/operating.md, played: every command of it on a real node with containerd, compared with what it says that it prints. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { commandsOf, withoutVarying, withPrinted } from '../harness/console-document.ts';
import { OperatingScene } from '../harness/operating-scene.ts';
import { describeReal, hasRealContainerd } from '../harness/real-requirements.ts';

const project = resolve(import.meta.dirname, '../..');
const file = join(project, 'docs/operating.md');
const document = readFileSync(file, 'utf8');

describeReal('the walk-through for operators', hasRealContainerd(), () => {
  test('prints what it says', async () => {
    const scene = await OperatingScene.open();
    try {
      const printed: string[] = [];
      for (const command of commandsOf(document)) printed.push(await scene.run(command));
      const played = withPrinted(document, printed);
      if (withoutVarying(played) === withoutVarying(document)) return;
      expect
        .soft(withoutVarying(played), 'vitest run test/real/operating.test.ts -u writes what was printed into it')
        .toBe(withoutVarying(document));
      await expect(played).toMatchFileSnapshot(file);
    } finally {
      await scene.dispose();
    }
  });
});

test('the files that the walk-through shows are those that it plays with', () => {
  const folder = join(project, 'fixtures/operating');
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = entries.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  const shown = [...document.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.filter((text) => !texts.some((whole) => whole.includes(text)))).toEqual([]);
});
