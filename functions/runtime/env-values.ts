import { DURATION_FORM, parseDuration } from './duration.ts';
import { findNameProblem } from './nacos/names.ts';
import { Description } from './run-error.ts';
import type { SettingContext } from './setting.ts';

export interface DocumentRef {
  readonly dataId: string;
  readonly optional: boolean;
}

/** One of these words; undefined, and reported, for anything else. */
export const oneOf =
  <Value extends string>(...values: readonly Value[]) =>
  (text: string, { report }: SettingContext): Value | undefined => {
    const found = values.find((value) => value === text);
    if (found === undefined) report(`one of ${values.join(', ')}`, text);
    return found;
  };

/** A name as Nacos takes it. */
export const readName =
  (kind: 'namespace' | 'group') =>
  (text: string, { report }: SettingContext): string => {
    const expected = findNameProblem(kind, text);
    if (expected !== undefined) report(expected, text);
    return text;
  };

export function readPort(text: string, { report }: SettingContext): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) report('0 to 65535', text);
  return port;
}

const SERVERS_FORM = '[http(s)://]host[:port][/path][,…]';

/**
 * Base URLs of Nacos servers. A path replaces the context path `/nacos`, as a gateway may have it; the port is then the
 * protocol's own where none is written, 8848 otherwise.
 */
export function readServers(text: string, { report }: SettingContext): URL[] {
  const addresses = splitList(text);
  if (addresses.length === 0) report(SERVERS_FORM, text);
  const servers = addresses.flatMap((address) => {
    const url = URL.parse(/^https?:\/\//i.test(address) ? address : `http://${address}`);
    const isBare = url !== null && !url.pathname.includes('//') && !/[@\\?#]/.test(address);
    const [authority = '', path = ''] = splitAuthority(address);
    if (!isBare) {
      const isShown = url === null && !address.includes('@'); // a password may stand before an @
      report(SERVERS_FORM, isShown ? address : new Description('an address with a query, a user or another protocol'));
      return [];
    }
    if (authority === '' || url.port === '0' || !HOST.test(url.hostname)) {
      report(SERVERS_FORM, address);
      return [];
    }
    if (!/:\d+$/.test(authority) && path === '') url.port = '8848';
    return [url];
  });
  return [...new Map(servers.map((server) => [server.href, server])).values()]; // one that is named twice is one server
}

/** URLs take more, such as `a;b` and `${nacos}`. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w.-]+)$/i;

/** `host:port` and the path behind it; a slash alone is no path. */
function splitAuthority(address: string): readonly (string | undefined)[] {
  return /^(?:https?:\/\/)?([^/]*)(?:\/+(.*))?$/i.exec(address)?.slice(1) ?? [];
}

/** Data IDs in merge order, each with a `?` behind it when it may be absent. */
export function readDocuments(text: string, { report }: SettingContext): DocumentRef[] {
  const documents = splitList(text).map((part) => ({
    dataId: part.replace(/\?$/, ''),
    optional: part.endsWith('?'),
  }));
  if (documents.length === 0) report('data IDs such as bi-cron.yaml,bi-cron-dev.yaml?', text);
  const seen = new Set<string>();
  for (const { dataId } of documents) {
    const expected = findNameProblem('dataId', dataId);
    if (expected !== undefined) report(expected, dataId);
    else if (!/\.(?:ya?ml|json)$/.test(dataId)) report('names ending in .yaml, .yml or .json', dataId);
    else if (dataId.startsWith('cipher-')) report('documents that are not encrypted (cipher-)', dataId);
    else if (seen.has(dataId)) report('each document once', dataId);
    seen.add(dataId);
  }
  return documents;
}

/** What one run may take, in ms; in a Knative Service (K_SERVICE is set) as much as its request may. */
export function readBudget(text: string, { report, textOf }: SettingContext): number {
  const budgetMs = parseDuration(text) ?? 0;
  const isService = textOf('K_SERVICE') !== undefined;
  const range = isService ? '1s to 580s (Knative allows 600s, a cold start takes up to 20s of it)' : '1s to 24h'; // a Job, or a process of its own
  if (budgetMs < 1000 || budgetMs > (isService ? 580_000 : 86_400_000)) report(`${DURATION_FORM}, from ${range}`, text);
  return budgetMs;
}

/** The parts of a list with commas, without blanks. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
