import fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonFault, parseJsonText } from '../../src/schema/json-fault.ts';
import { fault } from '../samples/failure.ts';

const charactersOf = (text: string) => fc.constantFrom(...text);

test.each([
  ['', 'it ends too early at line 1, column 1'],
  ['{\n  "token": "s3cret', 'unexpected character at line 2, column 12'],
  ['{\n  "token": s3cret\n}', 'unexpected character at line 2, column 12'],
])('of %j line and column are told, and nothing of the text', (text, what) => {
  expect(fault(() => parseJsonText(text))).toBe(`it is not valid JSON: ${what}`);
});

test('an error says where the text stops being JSON exactly when it does', () => {
  const json = fc.oneof(fc.json(), fc.constant('[{"name":"a","ips":["\\u00e9"]},-1.5e+3,true,null]'));
  const edit = fc.record({
    at: fc.nat(),
    dropped: fc.nat(2),
    added: fc.string({ unit: charactersOf('[]{},:"\\tu0.1-e \n\u0001n'), maxLength: 2 }),
  });
  fc.assert(
    fc.property(json, fc.array(edit, { maxLength: 3 }), (text, edits) => {
      const edited = edits.reduce((so, { at, dropped, added }) => {
        const from = at % (so.length + 1);
        return so.slice(0, from) + added + so.slice(from + dropped);
      }, text);
      const offset = jsonFault(edited)?.offset;
      let isJson = true;
      try {
        JSON.parse(edited);
      } catch {
        isJson = false;
      }
      expect(offset === undefined).toBe(isJson);
      expect(offset ?? 0).toBeLessThanOrEqual(edited.length);
    }),
    { numRuns: 5000 },
  );
});
