import { EVENT_ID, getScalarValue, type Event } from 'js-yaml';
import { splitKey } from './dotted-keys.ts';

type Path = readonly (string | number)[];

/**
 * The line, counted from 1, of every key and list item of a YAML text, by the events of its parser: one pass over the text
 * at the first question, however many are asked. Undefined for a path that does not stand there, or only by an alias.
 */
export function createLineFinder(events: readonly Event[], text: string): (path: Path) => number | undefined {
  let positions: ReadonlyMap<string, number> | undefined;
  let lineEnds: readonly number[] | undefined;
  return (path) => {
    positions ??= indexPositions(events, text);
    const position = positions.get(path.join(SEPARATOR));
    if (position === undefined) return undefined;
    lineEnds ??= [...text.matchAll(LINE_END)].map(({ index }) => index);
    return countBelow(lineEnds, position) + 1;
  };
}

const SEPARATOR = '\0';

/** The path of the first key that is a map or a list, which has no path of its own. */
export const COMPLEX_KEY: Path = ['', '?'];

/** As YAML has it. */
export const LINE_END = /\r\n?|\n/g;

/** A map or list that the walk is in. */
interface Open {
  readonly path: readonly string[];
  readonly isMap: boolean;
  /** Of a list: the next item's. */
  index: number;
  /** Of a map: the key whose value comes next. */
  key: readonly string[] | undefined;
}

function indexPositions(events: readonly Event[], text: string): Map<string, number> {
  const positions = new Map<string, number>();
  const open: Open[] = [];
  let last = 0;
  for (const event of events.slice(1)) {
    const parent = open.at(-1); // the first event is the document's own
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    let path: readonly string[] = [];
    if (parent?.isMap === true && parent.key === undefined) {
      const isScalar = event.type === EVENT_ID.SCALAR;
      parent.key = isScalar ? splitKey(getScalarValue(text, event), parent.path) : [''];
      last = Math.max(last, positionOf(event));
      parent.key.forEach((_, at, key) =>
        positions.set([...parent.path, ...key.slice(0, at + 1)].join(SEPARATOR), positionOf(event)),
      );
      if (isScalar) continue;
      const complex = COMPLEX_KEY.join(SEPARATOR);
      positions.set(complex, positions.get(complex) ?? positionOf(event));
    } else if (parent?.isMap === true) {
      path = [...parent.path, ...(parent.key ?? [])];
      parent.key = undefined;
    } else if (parent !== undefined) {
      path = [...parent.path, String(parent.index)];
      parent.index += 1;
      last = Math.max(positionOf(event), findEmptyItem(text, event, last));
      positions.set(path.join(SEPARATOR), last);
    }
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE)
      open.push({ path, isMap: event.type === EVENT_ID.MAPPING, index: 0, key: undefined });
  }
  return positions;
}

/** Where its text begins, or its mark; 0 for an empty one without a mark. */
function positionOf(event: Event): number {
  if ('valueStart' in event && event.valueStart > 0) return event.valueStart;
  if ('start' in event) return event.start;
  const anchor = 'anchorStart' in event ? event.anchorStart : 0;
  return Math.max(anchor, 'tagStart' in event ? event.tagStart : 0, 0);
}

const DASH = /^[ \t]*(?:- +)*-(?=\s)/gm;

/** Where the next list item without any text is, behind the one before; -1 for an item with a text, which knows its place. */
function findEmptyItem(text: string, event: Event, before: number): number {
  if (positionOf(event) > 0) return -1;
  DASH.lastIndex = text.indexOf('\n', before) + 1; // its line is another than that of its list's key or of the item before
  return DASH.exec(text) === null ? before : DASH.lastIndex - 1;
}

/** How many of the sorted numbers are below the limit. */
function countBelow(sorted: readonly number[], limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
