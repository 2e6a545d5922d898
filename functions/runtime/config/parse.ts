import { constructFromEvents, CORE_SCHEMA, mergeTag, parseEvents, Schema, YAMLException, type Event } from 'js-yaml';
import type { DocumentRef } from '../env-values.ts';
import { isObject } from '../object.ts';
import { invalidConfig } from '../run-error.ts';
import type { FetchedDocuments } from './fetch.ts';
import { findPosition } from './find-position.ts';

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

const SCHEMA = new Schema([...CORE_SCHEMA.tags, mergeTag]);

/**
 * Parses a document as YAML 1.2 core with merge keys (JSON is a part of it). Undefined when the document holds nothing.
 * Throws `rejected: config` with data ID and line; the text itself, which may hold secrets, is never quoted.
 */
export function parseConfigDocument(dataId: string, text: string): ConfigDocument | undefined {
  const { value, events } = parse(dataId, text);
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) {
    throw invalidConfig(
      dataId,
      `${dataId}:1: expected a map of keys, got ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`,
    );
  }
  return {
    dataId,
    value,
    locate: (path) => {
      const position = findPosition(events, text, path);
      return position === undefined ? undefined : `${dataId}:${lineOf(text, position)}`;
    },
  };
}

function parse(dataId: string, text: string): { value: unknown; events: readonly Event[] } {
  try {
    const events = parseEvents(text, {});
    const [value, ...others] = constructFromEvents(events, { source: text, schema: SCHEMA, maxAliases: MAX_ALIASES });
    if (others.length > 0) throw invalidConfig(dataId, `${dataId}: expected one YAML document, got several (---)`);
    if (!isWithinNodeLimit(value))
      throw invalidConfig(dataId, `${dataId}: expected plain YAML, got aliases that repeat too much`);
    return { value, events };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const place = error.mark === undefined ? dataId : `${dataId}:${error.mark.line + 1}`;
    const [reason = ''] = /^[a-z -]+/i.exec(error.reason) ?? []; // behind that js-yaml quotes the document
    throw invalidConfig(dataId, `${place}: expected YAML, got ${YAML_ERRORS[reason.trim()] ?? reason.trim()}`);
  }
}

/** The errors that people make most, in words; the rest are js-yaml's own. */
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

/** Does an alias stand within its own anchor, or aliases in aliases grow without bounds? Whoever walks the value would not come to an end. */
function isWithinNodeLimit(value: unknown): boolean {
  const pending = [value];
  for (let left = MAX_NODES; pending.length > 0; left -= 1) {
    if (left === 0) return false;
    const node = pending.pop();
    if (typeof node === 'object' && node !== null) for (const child of Object.values(node)) pending.push(child);
  }
  return true;
}

/** Counted from 1. */
const lineOf = (text: string, position: number): number => text.slice(0, position).split('\n').length;
