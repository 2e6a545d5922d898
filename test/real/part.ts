import { readFileSync } from 'node:fs';

/**
 * A far end that nobody here wrote, from a public package registry. It has a folder, `test/real/<name>/`, with its
 * `part.ts`, which exports this as `part`, its programs, and its journeys (`*.test.ts`).
 */
export interface Part<Values extends object = object> {
  /** The folder's name; `PART=<name>` runs its journeys alone. */
  readonly name: string;
  /** Of what is built, as its registry names it. */
  readonly version: string;
  /** Why this machine cannot build or run it, such as `go: not installed`; undefined: it can. */
  readonly missing?: () => Promise<string | undefined>;
  /** How it is built; nothing to build when missing. */
  readonly build?: Build;
  /** Starts it, once for all its journeys, on free loopback ports; resolves when it serves. Data goes into `tmp`. */
  start(built: string, tmp: string): Promise<Started<Values>>;
}

export interface Build {
  /** Files below the part's folder whose content decides what is built; with the version they are the cache's key. */
  readonly recipe: readonly string[];
  /** Builds into this empty folder, outside the checkout. The folder moves afterwards. */
  into(folder: string): Promise<void>;
}

export interface Started<Values extends object = object> {
  /** What the journeys need, such as ports and paths; goes to them as JSON. */
  readonly values: Values;
  /** Ends it and waits for that. Whatever it left in `tmp` is removed by the caller. */
  stop(): Promise<void>;
}

/** Where `make test-real` leaves the values of the parts that are up, for the journeys. */
export const VALUES_VARIABLE = 'REAL_PARTS';

/** The values of a part that is up, and the folder of its build, for a journey. */
export function valuesOf<Values extends object>({ name }: Part<Values>): Values & { readonly built: string } {
  const file = process.env[VALUES_VARIABLE];
  if (file === undefined) throw new Error(`${VALUES_VARIABLE}: not set; journeys are started by make test-real`);
  const all = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Values & { built: string }>; // written by real-command.ts
  const values = all[name];
  if (values === undefined) throw new Error(`part ${name}: expected it to be up, but it was not started`);
  return values;
}
