import { configNamespace, type ConfigStore } from './config-store.ts';

/** What a client says it has: an empty md5 says that it has nothing. */
export interface ListenEntry {
  readonly dataId: string;
  readonly group: string;
  /** '' for the public namespace. */
  readonly namespace: string;
  readonly md5: string;
}

const WORD = '\u0002';
const LINE = '\u0001';

/**
 * Parses `Listening-Configs`: `dataId \2 group \2 md5 [\2 tenant] \1`, repeated. The value may still be
 * percent-encoded: nacos ConfigController decodes it once more than the container did, and clients rely on either.
 * Undefined for anything of another form.
 */
export function parseListening(value: string): readonly ListenEntry[] | undefined {
  const lines = decode(value)?.split(LINE) ?? [];
  const rest = lines.pop();
  const entries = lines.flatMap((line) => {
    const [dataId, group, md5, tenant, ...more] = line.split(WORD);
    if (!dataId || !group || md5 === undefined || more.length > 0) return [];
    return [{ dataId, group, md5, namespace: configNamespace(tenant) }];
  });
  return entries.length > 0 && entries.length === lines.length && rest === '' ? entries : undefined;
}

/** The answer of a long poll: the changed ones, without md5, percent-encoded, and a line feed; '' when none changed. */
export function formatChanged(changed: readonly ListenEntry[]): string {
  const lines = changed.map(
    ({ dataId, group, namespace }) => [dataId, group, ...(namespace === '' ? [] : [namespace])].join(WORD) + LINE,
  );
  return lines.length === 0 ? '' : `${encodeURIComponent(lines.join(''))}\n`;
}

/** Those whose md5 is not (or no longer) what the client holds. */
export function findChanged(configs: ConfigStore, held: readonly ListenEntry[]): readonly ListenEntry[] {
  return held.filter((item) => (configs.get(item.dataId, item)?.md5 ?? '') !== item.md5);
}

/** Resolves with the changed ones as soon as there are any, else with none after the hold time or when the signal ends the wait. */
export function waitForChange(
  configs: ConfigStore,
  held: readonly ListenEntry[],
  holdMs: number,
  signal: AbortSignal,
): Promise<readonly ListenEntry[]> {
  const changed = findChanged(configs, held);
  if (changed.length > 0 || holdMs <= 0 || signal.aborted) return Promise.resolve(changed);
  return new Promise((resolve) => {
    const finish = (): void => {
      unsubscribe();
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve(findChanged(configs, held));
    };
    const unsubscribe = configs.subscribe(() => {
      if (findChanged(configs, held).length > 0) finish();
    });
    const timer = setTimeout(finish, holdMs);
    signal.addEventListener('abort', finish);
  });
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
