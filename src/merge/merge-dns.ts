/** Resolver settings of several networks as one: the primary's first, nothing twice, the first domain holds. Pure. */
import type { ResultDns } from '../schema/result.ts';

/** The settings of `first`, followed by what `second` adds. Of options with one key (`ndots:5`) the first holds. */
export function mergeDns(first: ResultDns, second: ResultDns): ResultDns {
  const domain = first.domain || second.domain;
  return {
    nameservers: [...new Set([...first.nameservers, ...second.nameservers])],
    ...(domain ? { domain } : {}),
    search: [...new Set([...first.search, ...second.search])],
    options: firstOfEachKey([...first.options, ...second.options]),
  };
}

function firstOfEachKey(options: readonly string[]): string[] {
  const firsts = new Map<string, string>();
  for (const option of options) if (!firsts.has(optionKey(option))) firsts.set(optionKey(option), option);
  return [...firsts.values()];
}

function optionKey(option: string): string {
  return option.split(':')[0] ?? option;
}
