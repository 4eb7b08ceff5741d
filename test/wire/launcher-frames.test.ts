/** The launcher's own reader of frames: the vectors, read as the agent's codec reads them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SANITIZED } from '../harness/launcher-build.ts';
import { LauncherReader, readByAgent } from '../harness/launcher-reader.ts';
import { describeReal } from '../harness/real-requirements.ts';
import { MALFORMED, WELL_FORMED } from '../samples/frame-vectors.ts';

describeReal('frames that a launcher reads', SANITIZED.ability, () => {
  let reader: LauncherReader;
  beforeAll(() => {
    reader = new LauncherReader();
  });
  afterAll(() => reader.dispose());

  const wellFormed = WELL_FORMED.filter(({ from }) => from === 'agent');
  const greeting = wellFormed.filter(({ frame }) => frame['kind'] === 'hello').map(({ bytes }) => bytes);

  test.each(wellFormed)('$name', async ({ bytes, frame }) => {
    const connection = frame['kind'] === 'hello' ? bytes : Buffer.concat([...greeting, bytes]);
    const [read] = await reader.readAll([connection]);
    expect(read).toEqual(readByAgent(connection));
    expect(read).toMatchObject({ isRefused: false });
  });

  test.each(MALFORMED.filter(({ from }) => from === 'agent'))('refused: $name', async ({ bytes }) => {
    const [read] = await reader.readAll([bytes]);
    expect(read).toEqual(readByAgent(bytes));
    expect(read).toMatchObject({ isRefused: true });
  });

  test('all of them cut off anywhere', async () => {
    for (const { bytes } of wellFormed) {
      const connection = Buffer.concat([...greeting, bytes]);
      const cut = Array.from(connection, (_, length) => connection.subarray(0, length));
      expect(await reader.readAll(cut)).toEqual(cut.map(readByAgent));
    }
  });
});
