/**
 * The JSON Schemas of the files that Braid reads, made from the shapes that it reads them by.
 *
 * A schema says less than the reader: what hangs on two keys, or on the cluster, is for `braid validate`. They are made here and
 * not by `braid schema` itself, since a bundle that can make them has the maker on every call's way.
 */
import * as z from 'zod/mini';
import { bundleShape } from '../src/schema/bundle.ts';
import { delegateProfileShape } from '../src/schema/delegate-profile.ts';
import { fixtureShape } from '../src/schema/fixture.ts';
import { isJsonObject, type JsonObject } from '../src/schema/json.ts';
import { absolutePath, inlineNetwork } from '../src/schema/key-values.ts';
import { listShape, pluginShape, singleShape } from '../src/schema/network-config.ts';
import { nodeConfigShape } from '../src/schema/node-config.ts';
import { nodeTexts, profileTexts } from './key-texts.ts';

/** A schema, and the files that it is for, as editors match them. */
export interface SchemaSource {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly files: readonly string[];
  readonly build: () => JsonObject;
}

export const SCHEMA_SOURCES: readonly SchemaSource[] = [
  {
    name: 'network-list',
    title: 'CNI network configuration list',
    description:
      "A list of plugins as it stands in a node's CNI folder. The keys of Braid's own plugin are in it; those of others are theirs.",
    files: ['*.conflist'],
    build: () => ({ ...jsonSchema(listShape), properties: withPlugins(propertiesOf(jsonSchema(listShape))) }),
  },
  {
    name: 'network',
    title: 'CNI network configuration of one plugin',
    description: 'One plugin as a file of its own in a node\'s CNI folder, or as an element of "delegates".',
    files: ['*.conf'],
    build: () => ({ allOf: [jsonSchema(singleShape), pluginSchema()] }),
  },
  {
    name: 'braid-plugin',
    title: "Braid's own configuration",
    description: 'The plugin object whose "type" is "braid".',
    files: [],
    build: braidSchema,
  },
  {
    name: 'delegate-profile',
    title: 'Profile of a plugin',
    description: 'What Braid knows about one plugin: delegates/<name>/profile.yaml, or a folder of profileDir.',
    files: ['**/delegates/*/profile.yaml', '**/profiles/*/profile.yaml'],
    build: () => described(jsonSchema(delegateProfileShape), profileTexts()),
  },
  {
    name: 'fixture',
    title: 'Fixture of braid test',
    description: 'A node, its cluster, scripted plugins, and the calls that are expected of Braid, for `braid test`.',
    files: ['**/fixtures/**/*.yaml'],
    build: () => jsonSchema(fixtureShape),
  },
  {
    name: 'bundle',
    title: 'Recorded request',
    description: 'One request with all that it read and all that came of it, as the key "record" has it written.',
    files: ['**/recordings/**/*.json'],
    build: () => jsonSchema(bundleShape),
  },
];

/** The whole document, with its `$id`. */
export function wholeSchema({ name, title, description, build }: SchemaSource): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:braid:schema:${name}`,
    title,
    description,
    ...build(),
  };
}

function jsonSchema(shape: z.core.$ZodType): JsonObject {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: made }) => {
      // What is checked by a function of ours, as far as a schema can say it.
      if (zodSchema === absolutePath) made.pattern = '^/';
      if (zodSchema === inlineNetwork) made.type = 'object';
    },
  });
  return schema;
}

function braidSchema(): JsonObject {
  return described(jsonSchema(nodeConfigShape), nodeTexts());
}

/** Any plugin; of Braid's own all keys. */
function pluginSchema(): JsonObject {
  const isOurs = { properties: { type: { const: 'braid' } }, required: ['type'] };
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  return { ...jsonSchema(pluginShape), if: isOurs, then: braidSchema() };
}

function withPlugins(properties: JsonObject): JsonObject {
  return { ...properties, plugins: { type: 'array', minItems: 1, items: pluginSchema() } };
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isJsonObject(properties) ? properties : {};
}

/** The schema with a description at each key that has one, lists and their items counting as one. */
function described(schema: JsonObject, texts: ReadonlyMap<string, string>, path = ''): JsonObject {
  const { properties, items } = schema;
  const text = texts.get(path);
  const inner = isJsonObject(properties)
    ? Object.entries(properties).map(([key, value]) => {
        const at = path === '' ? key : `${path}.${key}`;
        return [key, isJsonObject(value) ? described(value, texts, at) : value] as const;
      })
    : undefined;
  return {
    ...schema,
    ...(text === undefined ? {} : { description: text }),
    ...(inner ? { properties: Object.fromEntries(inner) } : {}),
    ...(isJsonObject(items) ? { items: withoutOwnText(items, texts, path) } : {}),
  };
}

function withoutOwnText(items: JsonObject, texts: ReadonlyMap<string, string>, path: string): JsonObject {
  const inner = new Map([...texts].filter(([key]) => key !== path));
  return described(items, inner, path);
}
