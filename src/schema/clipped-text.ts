/** Texts of others in messages: what anybody may write is cut short. Pure. */

/** A message quotes this much of one text, in characters. */
const MAX_QUOTED = 200;

/** A text for people, cut after `most` characters. */
export function clipped(text: string, most: number = MAX_QUOTED): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`;
}
