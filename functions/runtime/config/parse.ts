import {
  constructFromEvents,
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  floatCoreTag,
  intCoreTag,
  mapTag,
  mergeTag,
  parseEvents,
  seqTag,
  YAMLException,
  type Event,
  type ScalarTagDefinition,
} from 'js-yaml';
import type { DocumentRef } from '../env-values.ts';
import { isObject } from '../object.ts';
import { invalidConfig } from '../run-error.ts';
import type { FetchedDocuments } from './fetch.ts';
import { expandDottedKeys } from './dotted-keys.ts';
import { createLineFinder } from './positions.ts';

/** One parsed configuration document. */
export interface ConfigDocument {
  readonly dataId: string;
  readonly value: Record<string, unknown>;
  /** `data ID:line` of a key path, when the path stands in this document. */
  locate(path: readonly (string | number)[]): string | undefined;
}

/** Reads the text of a data ID; undefined when the document holds nothing. */
export type ParseDocument = (dataId: string, text: string) => ConfigDocument | undefined;

/** The same function, which parses the text of a data ID again only when it is another than the last time. */
export function memoizeParse(parse: ParseDocument): ParseDocument {
  const last = new Map<string, { readonly text: string; readonly document: ConfigDocument | undefined }>();
  return (dataId, text) => {
    const held = last.get(dataId);
    if (held?.text === text) return held.document;
    const document = parse(dataId, text);
    last.set(dataId, { text, document });
    return document;
  };
}

/** Parses the documents that there are, in merge order. Throws `rejected: config` when a required one is missing, empty or no YAML. */
export function parseDocuments(
  refs: readonly DocumentRef[],
  { texts }: FetchedDocuments,
  parse: ParseDocument,
): ConfigDocument[] {
  return refs.flatMap(({ dataId, optional }, at) => {
    const { text, where } = texts[at] ?? { text: undefined, where: 'nowhere' }; // there is one for each
    const document = text === undefined ? undefined : parse(dataId, text);
    if (document !== undefined) return [document];
    if (optional) return [];
    const got = text === undefined ? 'no such document' : 'a document without any key';
    throw invalidConfig(dataId, `${where}: expected document ${dataId}, got ${got}`);
  });
}

/**
 * A number whose text is not how JSON writes it: `0100001`, `0x1F`, `1e3`, `1.0`. As a number it has YAML’s value; as an
 * identifier, the text that was written.
 */
export class WrittenNumber extends Number {
  readonly text: string;

  constructor(value: number, text: string) {
    super(value);
    this.text = text;
  }
}

/** As YAML 1.2 core reads it; a number that is not written as JSON writes it keeps its text. */
function keepText(tag: ScalarTagDefinition<number>): ScalarTagDefinition {
  const resolve: ScalarTagDefinition['resolve'] = (source, isExplicit, tagName) => {
    const value = tag.resolve(source, isExplicit, tagName);
    return typeof value !== 'number' || String(value) === source ? value : new WrittenNumber(value, source);
  };
  return { ...tag, resolve };
}

/** A tag that YAML does not know is some program's own: what it marks is read as text, list or map. */
const FOREIGN_TAGS = ['!', 'tag:'].flatMap((prefix) => [
  defineScalarTag(prefix, { matchByTagPrefix: true, resolve: (source) => source, identify: () => false }),
  defineSequenceTag(prefix, { ...seqTag, matchByTagPrefix: true, identify: () => false }),
  defineMappingTag(prefix, { ...mapTag, matchByTagPrefix: true, identify: () => false }),
]);

const SCHEMA = CORE_SCHEMA.withTags(keepText(intCoreTag), keepText(floatCoreTag), mergeTag, FOREIGN_TAGS);

/**
 * Parses a document as YAML 1.2 core with merge keys (JSON is a part of it). Undefined when the document holds nothing.
 * Throws `rejected: config` with data ID and line; the text itself, which may hold secrets, is never quoted.
 */
export function parseConfigDocument(dataId: string, text: string): ConfigDocument | undefined {
  const { value, events, source } = parse(dataId, text);
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) {
    throw invalidConfig(
      dataId,
      `${dataId}:1: expected a map of keys, got ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`,
    );
  }
  const lineOf = createLineFinder(events, source);
  return {
    dataId,
    value: expandDottedKeys(value),
    locate: (path) => {
      const line = lineOf(path);
      return line === undefined ? undefined : `${dataId}:${line}`;
    },
  };
}

interface Parsed {
  readonly value: unknown;
  readonly events: readonly Event[];
  /** What the events' positions are counted in. */
  readonly source: string;
}

const MAX_DEPTH = 65; // of which the last is refused: 64 maps in each other are taken

function parse(dataId: string, source: string): Parsed {
  try {
    const events = parseEvents(source, { maxDepth: MAX_DEPTH });
    const values = constructFromEvents(events, { source, schema: SCHEMA, maxAliases: MAX_ALIASES });
    const [value, ...others] = values.at(-1) === null ? values.slice(0, Math.max(1, values.length - 1)) : values; // one --- at the end is none
    if (others.length > 0) throw invalidConfig(dataId, `${dataId}: expected one YAML document, got several (---)`);
    if (!isWithinNodeLimit(value))
      throw invalidConfig(dataId, `${dataId}: expected plain YAML, got aliases that repeat too much`);
    return { value, events, source };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const quoted = quotePlaceholders(source);
    if (quoted !== source) return parse(dataId, quoted);
    const place = error.mark === undefined ? dataId : `${dataId}:${error.mark.line + 1}`;
    const [reason = ''] = /^[a-z -]+/i.exec(error.reason) ?? []; // behind that js-yaml quotes the document
    throw invalidConfig(dataId, `${place}: expected YAML, got ${YAML_ERRORS[reason.trim()] ?? reason.trim()}`);
  }
}

/**
 * Maven's `@name@`, which was left unresolved, begins with a character that YAML reserves: in quotes it is text, which another
 * program's section may hold and ours refuses by name.
 */
function quotePlaceholders(source: string): string {
  return source.replace(
    /(^|[:,[{-])([ \t]*)(@[\w.-]+@[^\s#,\]}"']*)/gm,
    (found, mark: string, blank: string, name: string, at: number) => {
      const before = source.slice(source.lastIndexOf('\n', at - 1) + 1, at);
      return /["']|(?:^|\s)#/.test(before.replace(QUOTED, '')) ? found : `${mark}${blank}"${name}"`;
    },
  );
}

const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'/g;

/** Messages for the most common errors; the rest are js-yaml's own. */
const YAML_ERRORS: Record<string, string> = {
  'duplicated mapping key': 'a key that stands twice in its map',
  'tab characters must not be used in indentation': 'a tab as indentation',
  'bad indentation of a mapping entry': 'wrong indentation',
  'bad indentation of a sequence entry': 'wrong indentation',
  'unexpected end of the stream within a flow collection': 'a bracket that is not closed',
  'nesting exceeded maxDepth': 'maps or lists that lie too deep in each other',
  'object-based map does not support complex keys': 'a map or a list as a key',
  'unidentified alias': 'an alias without its anchor',
};

const MAX_ALIASES = 1000;
const MAX_NODES = 1_000_000; // ten megabytes, which is all that Nacos takes, hold fewer

/** Does an alias stand within its own anchor, or aliases in aliases grow without bounds? Walking such a value would not end. */
function isWithinNodeLimit(value: unknown): boolean {
  const pending = [value];
  for (let left = MAX_NODES; pending.length > 0; left -= 1) {
    if (left === 0) return false;
    const node = pending.pop();
    if (typeof node === 'object' && node !== null) for (const child of Object.values(node)) pending.push(child);
  }
  return true;
}
