import { Refusal } from './answer.ts';
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
 */
export function parseListening(value: string): readonly ListenEntry[] {
  const lines = decode(value).split(LINE);
  const rest = lines.pop();
  const held = lines.map((line) => {
    const [dataId, group, md5, tenant, ...more] = line.split(WORD);
    if (!dataId || !group || md5 === undefined || more.length > 0) throw invalid();
    return { dataId, group, md5, namespace: configNamespace(tenant) };
  });
  if (held.length === 0 || rest !== '') throw invalid();
  return held;
}

/** The answer of a long poll: the changed ones, without md5, percent-encoded; '' when none changed. */
export function formatChanged(changed: readonly ListenEntry[]): string {
  const lines = changed.map(
    ({ dataId, group, namespace }) => [dataId, group, ...(namespace === '' ? [] : [namespace])].join(WORD) + LINE,
  );
  return encodeURIComponent(lines.join(''));
}

/** Those whose md5 is not (or no longer) what the client holds. */
function findChanged(configs: ConfigStore, held: readonly ListenEntry[]): readonly ListenEntry[] {
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

function decode(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    throw invalid();
  }
}

function invalid(): Refusal {
  return new Refusal(400, 20002, 'invalid probeModify');
}
