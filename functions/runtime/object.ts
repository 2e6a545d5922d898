/** Is this a JSON object or YAML map: neither null, nor an array, nor a number that keeps its text? */
export function isObject(value: unknown): value is Record<string, unknown> {
  // oxlint-disable-next-line unicorn/no-instanceof-builtins -- such a number is a subclass of Number
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Number);
}
