import { createHash } from 'node:crypto';

export interface ConfigPlace {
  /** `DEFAULT_GROUP` when missing. */
  readonly group?: string | undefined;
  /** The ID of the namespace; missing, blank, `public` and `null` all mean the public one, as nacos NamespaceUtil reads them. */
  readonly namespace?: string | undefined;
}

export interface Config {
  readonly dataId: string;
  readonly group: string;
  /** '' for the public namespace. */
  readonly namespace: string;
  readonly content: string;
  /** Hex, of the UTF-8 bytes. */
  readonly md5: string;
  readonly type: string;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
}

/** Called after a publication or a removal with the place that changed. */
export type ConfigListener = (dataId: string, group: string, namespace: string) => void;

const types = new Set(['properties', 'xml', 'json', 'text', 'html', 'yaml', 'toml', 'unset']);

/** The configurations of one server, in memory. */
export class ConfigStore {
  readonly #configs = new Map<string, Config>();
  readonly #listeners = new Set<ConfigListener>();

  /** Adds or replaces; an unknown or missing type becomes `text`, as in nacos ConfigController. */
  publish(dataId: string, content: string, options: ConfigPlace & { readonly type?: string | undefined } = {}): Config {
    const { group, namespace } = resolve(options);
    const type = options.type !== undefined && types.has(options.type) ? options.type : 'text';
    const config = { dataId, group, namespace, content, md5: md5(content), type, lastModified: Date.now() };
    this.#configs.set(key(dataId, group, namespace), config);
    this.#notify(dataId, group, namespace);
    return config;
  }

  /** Whether the document's MD5 is this one: what a publication with `casMd5` asks; one that is not there has ''. */
  hasMd5(dataId: string, place: ConfigPlace, md5OfCaller: string): boolean {
    return (this.get(dataId, place)?.md5 ?? '') === md5OfCaller;
  }

  get(dataId: string, place: ConfigPlace = {}): Config | undefined {
    const { group, namespace } = resolve(place);
    return this.#configs.get(key(dataId, group, namespace));
  }

  /** False when there was nothing to remove. */
  remove(dataId: string, place: ConfigPlace = {}): boolean {
    const { group, namespace } = resolve(place);
    const removed = this.#configs.delete(key(dataId, group, namespace));
    if (removed) this.#notify(dataId, group, namespace);
    return removed;
  }

  /** All namespaces, in the order of first publication. */
  list(): readonly Config[] {
    return [...this.#configs.values()];
  }

  /** Returns the function that ends the subscription. */
  subscribe(listener: ConfigListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #notify(dataId: string, group: string, namespace: string): void {
    for (const listener of this.#listeners) listener(dataId, group, namespace);
  }
}

/** '' for every spelling of the public namespace. */
export function configNamespace(name: string | undefined): string {
  const trimmed = (name ?? '').trim();
  return ['public', 'null'].includes(trimmed.toLowerCase()) ? '' : trimmed;
}

function resolve(place: ConfigPlace): { group: string; namespace: string } {
  return { group: place.group ?? 'DEFAULT_GROUP', namespace: configNamespace(place.namespace) };
}

function key(dataId: string, group: string, namespace: string): string {
  return JSON.stringify([namespace, group, dataId]);
}

function md5(content: string): string {
  return createHash('md5').update(content, 'utf8').digest('hex');
}
