/** An annotation that ends in a comma, behind which nothing was meant to stand. Pure. */
import type { Fix } from '../finding.ts';
import type { Manifest } from '../manifest.ts';

type Annotations = Readonly<Record<string, string>>;

/** Without the comma the annotations can be read; `undefined` where they cannot, or where it cannot be changed in its file. */
export function withoutTrailingComma(
  { document }: Manifest,
  annotations: Annotations,
  isReadable: (changed: Annotations) => boolean,
): Fix | undefined {
  const [key, value] = Object.entries(annotations).find(([, text]) => /[^,\s]\s*,\s*$/.test(text)) ?? [];
  if (key === undefined || value === undefined) return undefined;
  if (!isReadable({ ...annotations, [key]: value.replace(/,\s*$/, '') })) return undefined;
  const source = document.sourceOf(['metadata', 'annotations', key], 'value');
  const [comma, quote = ''] = /,[ \t]*(["']?)$/.exec(source?.text ?? '') ?? [];
  if (!source || comma === undefined) return undefined;
  const offset = source.offset + source.length - comma.length;
  return {
    file: document.file,
    what: `take the last comma of the annotation "${key}" away`,
    edits: [{ offset, length: comma.length, text: quote }],
  };
}
