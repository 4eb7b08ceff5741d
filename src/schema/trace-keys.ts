/** The configuration key `trace`: where the spans of each request go. Strict, unlike the keys beside it. Pure. */
import * as z from 'zod/mini';
import { absolutePath, isFileForOutput, STDOUT_IS_TAKEN } from './key-values.ts';

/** What a header's name and value may be made of, by RFC 9110. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What says how the body is sent. */
const OWN_HEADERS =
  /^(connection|content-(encoding|length|type)|expect|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

const endpoint = z.string().check(z.refine(isHttpUrl, 'must be an http or https URL'));

const headers = z.record(z.string(), z.string()).check((parsed) => {
  for (const [name, value] of Object.entries(parsed.value)) {
    const message = headerFault(name, value);
    if (message !== undefined) parsed.issues.push({ code: 'custom', input: value, path: [name], message });
  }
});

function headerFault(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return 'is not the name of a header';
  if (OWN_HEADERS.test(name)) return 'must be left to Braid';
  return HEADER_VALUE.test(value) ? undefined : 'must be the value of a header';
}

/** Its members. */
export const traceKeys = z
  .strictObject({
    file: z.optional(absolutePath.check(z.refine(isFileForOutput, STDOUT_IS_TAKEN))),
    maxFileMb: z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 32),
    endpoint: z.optional(endpoint),
    headers: z._default(headers, {}),
  })
  .check(z.refine(({ file, endpoint: url }) => file !== undefined || url !== undefined, 'needs "file" or "endpoint"'));

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
