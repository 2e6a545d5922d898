import { EVENT_ID, getScalarValue, type Event } from 'js-yaml';

type Path = readonly (string | number)[];

/** Where the key or list item of a path stands in a YAML text, by the events of its parser; undefined when it does not. */
export function findPosition(events: readonly Event[], text: string, path: Path): number | undefined {
  let node = 1; // the first event is the document's own
  let position: number | undefined;
  for (const step of path) {
    const child = findChild(events, text, node, step);
    if (child === undefined) return undefined;
    ({ node, position } = child);
  }
  return position;
}

interface Child {
  readonly node: number;
  readonly position: number;
}

function findChild(events: readonly Event[], text: string, node: number, step: string | number): Child | undefined {
  const parent = events[node]?.type;
  if (parent !== EVENT_ID.MAPPING && parent !== EVENT_ID.SEQUENCE) return undefined;
  let at = node + 1;
  for (let index = 0; events[at]?.type !== EVENT_ID.POP; index++) {
    const value = parent === EVENT_ID.MAPPING ? skipNode(events, at) : at;
    const name = parent === EVENT_ID.MAPPING ? keyOf(events[at], text) : String(index);
    if (name === String(step)) return { node: value, position: positionOf(events[at]) };
    at = skipNode(events, value);
  }
  return undefined;
}

const keyOf = (event: Event | undefined, text: string): string | undefined =>
  event?.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : undefined;

function positionOf(event: Event | undefined): number {
  if (event === undefined) return 0;
  if ('valueStart' in event) return event.valueStart;
  if ('start' in event) return event.start;
  return 'anchorStart' in event ? event.anchorStart : 0;
}

/** The event behind a node: a map or list goes on until its own end. */
function skipNode(events: readonly Event[], from: number): number {
  let depth = 0;
  let at = from;
  do {
    const type = events[at]?.type;
    if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth += 1;
    if (type === EVENT_ID.POP) depth -= 1;
    at += 1;
  } while (depth > 0 && at < events.length);
  return at;
}
