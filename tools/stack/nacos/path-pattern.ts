/** A string names the end of a path (`/cs/configs` meets `/nacos/v1/cs/configs` and not `/nacos/v1/cs/configs/listener`), a RegExp is tested against the whole path. */
export type PathPattern = string | RegExp;

/** Whether the path of a request (without its query) meets the pattern. */
export function matchesPath(path: string, pattern: PathPattern): boolean {
  return typeof pattern === 'string' ? path.endsWith(pattern) : path.search(pattern) !== -1;
}
