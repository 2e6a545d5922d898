/** Where a value stands in a document: `['spec', 'containers', 0, 'image']`. */
export type Path = readonly (string | number)[];

/** One Kubernetes object as it was read, with the way back to its place in the text. */
export interface Manifest {
  /** As given on the command line; `<stdin>` for standard input. */
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined in a file that leaves it to an overlay. */
  readonly namespace: string | undefined;
  readonly body: unknown;
  /** 1-based line of the value at `path`, or of its nearest parent that exists. */
  readonly lineOf: (path: Path) => number;
}

/** What the lint has to say about one place. `message` reads: what was expected, what came. */
export interface Finding {
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly path: string;
  readonly message: string;
}

/** The value at `path`; undefined where the document has none. */
export function valueAt(body: unknown, path: Path): unknown {
  let value = body;
  for (const step of path) {
    if (!isIndexed(value)) return undefined;
    value = value[step];
  }
  return value;
}

function isIndexed(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The string at `path`; undefined when there is none or it is something else (the shape rule says so). */
export function textAt(body: unknown, path: Path): string | undefined {
  const value = valueAt(body, path);
  return typeof value === 'string' ? value : undefined;
}

/** The number at `path`; undefined when there is none or it is something else. */
export function numberAt(body: unknown, path: Path): number | undefined {
  const value = valueAt(body, path);
  return typeof value === 'number' ? value : undefined;
}

/** The list at `path`; empty when there is none. */
export function listAt(body: unknown, path: Path): readonly unknown[] {
  const value = valueAt(body, path);
  return Array.isArray(value) ? value : [];
}

/** The mapping at `path`; empty when there is none. */
export function mapAt(body: unknown, path: Path): Readonly<Record<string, unknown>> {
  const value = valueAt(body, path);
  return isIndexed(value) && !Array.isArray(value) ? value : {};
}

/** `spec.template.spec.containers[0].image`; a step with dots or slashes is quoted: `metadata.labels["a/b"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** `Service goods-onsale`, for messages; a kustomization has no name. */
export function titleOf(manifest: Manifest): string {
  return `${manifest.kind} ${manifest.name}`.trim();
}

/** A finding at one place of a manifest; the rule's number is filled in by the lint. */
export type RuleFinding = Omit<Finding, 'rule'>;

/** Makes the finding that `path` of `manifest` should read otherwise. */
export function findingAt(manifest: Manifest, path: Path, message: string): RuleFinding {
  return {
    file: manifest.file,
    line: manifest.lineOf(path),
    path: formatPath(path),
    message: `${titleOf(manifest)}: ${message}`,
  };
}

/** How a value that came is quoted in a message; a missing one is called missing. */
export function describeActual(value: unknown): string {
  return value === undefined ? 'it is missing' : `it is ${JSON.stringify(value)}`;
}
