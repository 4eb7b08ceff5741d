/** Annotations that hold JSON, such as the network status, as values for people and for comparison. Pure. */

/** Each as its value; what is no JSON stays the text that it is. */
export function annotationValues(annotations: Readonly<Record<string, string>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(annotations).map(([key, text]) => [key, valueOrText(text)]));
}

/** The value of a JSON text, or the text. */
export function valueOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
