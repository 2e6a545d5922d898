import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { isObject } from '../object.ts';
import { badConfig } from '../run-error.ts';

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
export function rememberParsed(parse: ParseDocument): ParseDocument {
  const last = new Map<string, { readonly text: string; readonly document: ConfigDocument | undefined }>();
  return (dataId, text) => {
    const held = last.get(dataId);
    if (held?.text === text) return held.document;
    const document = parse(dataId, text);
    last.set(dataId, { text, document });
    return document;
  };
}

/**
 * Parses a document as YAML 1.2 core (JSON is a part of it). Undefined when the document holds nothing. Throws
 * `rejected: config` with data ID and line; the text itself, which may hold secrets, is never quoted.
 */
export function parseConfigDocument(dataId: string, text: string): ConfigDocument | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false, merge: true });
  const [error] = document.errors;
  const fault = error === undefined ? findRepeatedKey(document) : { code: error.code, at: error.pos[0] };
  if (fault !== undefined) {
    const line = lines.linePos(fault.at).line;
    throw badConfig(dataId, `${dataId}:${line}: expected YAML, got ${YAML_ERRORS[fault.code] ?? fault.code}`);
  }
  const value = toValue(dataId, document);
  if (value === null || value === undefined) return undefined;
  if (!isObject(value)) {
    throw badConfig(
      dataId,
      `${dataId}:1: expected a map of keys, got ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`,
    );
  }
  return {
    dataId,
    value,
    locate: (path) => locate(document, lines, dataId, path),
  };
}

/** The errors that people make most, in words; the rest are named by the parser's code. */
const YAML_ERRORS: Record<string, string> = {
  DUPLICATE_KEY: 'a key that stands twice in its map',
  TAB_AS_INDENT: 'a tab as indentation',
  BAD_INDENT: 'wrong indentation or a bracket that is not closed',
  BLOCK_AS_IMPLICIT_KEY: 'a map where a value stands already (wrong indentation)',
  MULTIPLE_DOCS: 'several documents (---)',
};

/** The parser's own `uniqueKeys` compares every key with every other: 20,000 of them take it seconds. */
function findRepeatedKey(document: Document): { code: string; at: number } | undefined {
  let at: number | undefined;
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      const repeated = items.find(({ key }) => {
        if (!isScalar(key) || key.value === '<<') return false; // merges may stand side by side
        const isRepeated = seen.has(key.value);
        seen.add(key.value);
        return isRepeated;
      });
      if (!isScalar(repeated?.key)) return undefined;
      at = repeated.key.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return at === undefined ? undefined : { code: 'DUPLICATE_KEY', at };
}

function toValue(dataId: string, document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    JSON.stringify(value); // throws when an alias stands within its own anchor
    return value;
  } catch (error) {
    const got = 'aliases that cannot be resolved, stand within themselves or repeat too much';
    throw badConfig(dataId, `${dataId}: expected plain YAML, got ${got}`, error);
  }
}

function locate(
  document: Document,
  lines: LineCounter,
  dataId: string,
  path: readonly (string | number)[],
): string | undefined {
  const [parentPath, last] = [path.slice(0, -1), path.at(-1)];
  const parent = parentPath.length === 0 ? document.contents : document.getIn(parentPath, true);
  const node = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))?.key // a value may begin on a later line
    : document.getIn(path, true);
  return isNode(node) && node.range ? `${dataId}:${lines.linePos(node.range[0]).line}` : undefined;
}
