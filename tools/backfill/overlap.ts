import { isObject } from '../../functions/runtime/object.ts';

/** How far each window of a task reaches back before its slice, in ms, by the task's own options; 0 for a task without an overlap. */
export function overlapOf(options: unknown): number {
  const overlapMs = isObject(options) ? options['overlap'] : undefined;
  return typeof overlapMs === 'number' ? overlapMs : 0;
}
