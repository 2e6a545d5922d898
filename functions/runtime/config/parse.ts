import {
  boolCoreTag,
  constructFromEvents,
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  defineSequenceTag,
  floatCoreTag,
  intCoreTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  parseEvents,
  seqTag,
  strTag,
  YAMLException,
  type Event,
  type ScalarTagDefinition,
  type Schema,
} from 'js-yaml';
import type { DocumentRef } from '../env-values.ts';
import { isObject } from '../object.ts';
import { invalidConfig } from '../run-error.ts';
import type { FetchedDocuments } from './fetch.ts';
import { expandDottedKeys } from './dotted-keys.ts';
import { isSection } from './merge.ts';
import { hidePlaceholders, revealPlaceholders } from './placeholders.ts';
import { COMPLEX_KEY, createLineFinder, LINE_END } from './positions.ts';

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

/** As YAML 1.2 core reads it; what is marked with the tag and does not fit it, as YAML 1.1's `!!bool yes`, is text. */
function orText(tag: ScalarTagDefinition): ScalarTagDefinition {
  const resolve: ScalarTagDefinition['resolve'] = (source, isExplicit, tagName) => {
    const value = tag.resolve(source, isExplicit, tagName);
    return value === NOT_RESOLVED && isExplicit ? source : value;
  };
  return { ...tag, resolve };
}

/** A number that is not written as JSON writes it keeps its text. */
function keepText(tag: ScalarTagDefinition<number>): ScalarTagDefinition {
  const resolve: ScalarTagDefinition['resolve'] = (source, isExplicit, tagName) => {
    const value = tag.resolve(source, isExplicit, tagName);
    return typeof value !== 'number' || String(value) === source ? value : new WrittenNumber(value, source);
  };
  return { ...tag, resolve };
}

/** A map in which a null changes nothing of a map or a list that a merge key brought, as in a later document. */
const ownMapTag: typeof mapTag = {
  ...mapTag,
  addPair: (map, key, value) =>
    value === null && isSection(mapTag.get(map, key)) ? '' : mapTag.addPair(map, key, value),
};

/** A tag that YAML does not know is some program's own: what it marks is read as text, list or map. */
const FOREIGN_TAGS = ['!', 'tag:'].flatMap((prefix) => [
  defineScalarTag(prefix, { matchByTagPrefix: true, resolve: (source) => source, identify: () => false }),
  defineSequenceTag(prefix, { ...seqTag, matchByTagPrefix: true, identify: () => false }),
  defineMappingTag(prefix, { ...mapTag, matchByTagPrefix: true, identify: () => false }),
]);

const SCALAR_TAGS = [nullCoreTag, boolCoreTag, keepText(intCoreTag), keepText(floatCoreTag)].map(orText);
const SCHEMA = CORE_SCHEMA.withTags(SCALAR_TAGS, ownMapTag, mergeTag, FOREIGN_TAGS);

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

function parse(dataId: string, text: string): Parsed {
  try {
    return construct(dataId, text, SCHEMA);
  } catch (error) {
    const hidden = hidePlaceholders(text);
    if (!(error instanceof YAMLException) || hidden === text) throw toConfigError(dataId, text, error);
    const revealing = { ...strTag, resolve: revealPlaceholders };
    try {
      return { ...construct(dataId, hidden, SCHEMA.withTags(revealing)), source: text };
    } catch (second) {
      throw toConfigError(dataId, hidden, second);
    }
  }
}

function construct(dataId: string, source: string, schema: Schema): Parsed {
  const events = parseEvents(source, { maxDepth: MAX_DEPTH });
  const values = constructFromEvents(events, { source, schema, maxAliases: MAX_ALIASES });
  const [value, ...others] = values.at(-1) === null ? values.slice(0, Math.max(1, values.length - 1)) : values; // one --- at the end is none
  if (others.length > 0) throw invalidConfig(dataId, `${dataId}: expected one YAML document, got several (---)`);
  if (!isWithinNodeLimit(value))
    throw invalidConfig(dataId, `${dataId}: expected plain YAML, got aliases that repeat too much`);
  return { value, events, source };
}

/** A YAML error with its line and in words; the text itself is never quoted. */
function toConfigError(dataId: string, text: string, error: unknown): unknown {
  if (!(error instanceof YAMLException)) return error;
  const { mark } = error;
  const line = mark === undefined ? undefined : (findComplexKey(text, error) ?? mark.line + 1);
  const [reason = ''] = /^[a-z -]+/i.exec(error.reason) ?? []; // behind that js-yaml quotes the document
  const isTab = mark !== undefined && /^ *\t/.test(text.split(LINE_END)[mark.line] ?? '');
  const got = isTab ? TAB : (YAML_ERRORS[reason.trim()] ?? reason.trim());
  return invalidConfig(dataId, `${dataId}${line === undefined ? '' : `:${line}`}: expected YAML, got ${got}`);
}

/** The line of a key that is a map or a list: js-yaml knows it only when it ends. */
function findComplexKey(text: string, { reason }: YAMLException): number | undefined {
  if (!reason.includes('complex keys')) return undefined;
  return createLineFinder(parseEvents(text, { maxDepth: MAX_DEPTH }), text)(COMPLEX_KEY);
}

const TAB = 'a tab as indentation';

/** Messages for the most common errors; the rest are js-yaml's own. */
const YAML_ERRORS: Record<string, string> = {
  'duplicated mapping key': 'a key that stands twice in its map',
  'tab characters must not be used in indentation': TAB,
  'bad indentation of a mapping entry': 'wrong indentation',
  'bad indentation of a sequence entry': 'wrong indentation',
  'unexpected end of the stream within a flow collection': 'a bracket that is not closed',
  'nesting exceeded maxDepth': 'maps or lists that lie too deep in each other',
  'object-based map does not support complex keys': 'a map or a list as a key',
  'unidentified alias': 'an alias without its anchor',
  'cannot merge mappings': 'a << of something that is no map',
  'expected valid JSON character': 'a control character in quotes',
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
