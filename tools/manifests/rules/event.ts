import type { RawRequest } from '../../../functions/runtime/event/http-request.ts';
import { toBinaryMessage, toWireEvent } from '../../stack/senders/wire-event.ts';
import {
  describeActual,
  findingAt,
  listAt,
  mapAt,
  textAt,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { containerPath, forEach, type LintContext, type ManifestSet, type Rule } from '../manifest-set.ts';

const CONTENT_TYPE: Path = ['spec', 'contentType'];
const DATA: Path = ['spec', 'data'];
const SINK: Path = ['spec', 'sink'];
const EXTENSIONS: Path = ['spec', 'ceOverrides', 'extensions'];
/** Of CloudEvents 1.0; Go's SDK lets no extension replace one, and then sends nothing. */
const ATTRIBUTES = 'id source specversion type datacontenttype dataschema subject time data data_base64'.split(' ');
const YEAR_MS = 366 * 86_400_000;

/** Without it the tick has neither body nor Content-Type. */
export const eventData: Rule = {
  id: 'K030',
  title: 'A PingSource sends contentType application/json and a JSON object as data',
  reason: 'the function reads its request from the data, and the webhook refuses JSON that is no object',
  check: forEach((set) => set.pingSources, checkData),
};

/** The address is the function's, and nothing is added to it. */
export const sinkAddress: Rule = {
  id: 'K028',
  title: 'Sinks, subscribers and dead letter sinks are in their own namespace, and no path is added to them',
  reason: 'the webhook refuses another namespace, and a function answers 400 to every path but /',
  check: forEach((set) => [...set.pingSources, ...set.triggers, ...set.brokers], checkAddresses),
};

/** CloudEvents' rules for names; what Go's SDK refuses is never sent. */
export const extensions: Rule = {
  id: 'K029',
  title: 'Extensions of ceOverrides have names of 1 to 20 small letters and digits, no attribute’s name, and a value',
  reason: 'the sender drops an event with another name, and the status of the PingSource does not say so',
  check: forEach((set) => set.pingSources, checkExtensions),
};

/** By the function's own reader, so that both always ask for the same. */
export const readableTick: Rule = {
  id: 'K031',
  title: 'The function accepts what a PingSource would send, and a CronJob hands over, now and in a year',
  reason: 'every tick is answered 400 and lost',
  check: checkTicks,
};

function checkData(source: Manifest): RuleFinding[] {
  const findings: RuleFinding[] = [];
  const contentType = textAt(source.body, CONTENT_TYPE);
  if (contentType !== 'application/json') {
    findings.push(findingAt(source, CONTENT_TYPE, `expected "application/json", but ${describeActual(contentType)}`));
  }
  const data = textAt(source.body, DATA);
  if (valueAt(source.body, ['spec', 'dataBase64']) !== undefined) {
    findings.push(findingAt(source, ['spec', 'dataBase64'], 'expected the request in data, readable, got dataBase64'));
  } else if (data === undefined || !isJsonObject(data)) {
    findings.push(findingAt(source, DATA, `expected a JSON object such as "{}", but ${describeActual(data)}`));
  }
  return findings;
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false; // not JSON
  }
}

function checkAddresses(manifest: Manifest): RuleFinding[] {
  return [SINK, ['spec', 'subscriber'], ['spec', 'delivery', 'deadLetterSink']].flatMap((path) =>
    checkAddress(manifest, path),
  );
}

function checkAddress(manifest: Manifest, path: Path): RuleFinding[] {
  if (valueAt(manifest.body, [...path, 'ref']) === undefined) return []; // K011, K050
  const findings: RuleFinding[] = [];
  const own = manifest.namespace;
  const namespacePath: Path = [...path, 'ref', 'namespace'];
  const namespace = valueAt(manifest.body, namespacePath);
  if (namespace !== undefined && namespace !== own) {
    const expected = own === undefined ? 'no namespace' : JSON.stringify(own);
    findings.push(findingAt(manifest, namespacePath, `expected ${expected}, got ${JSON.stringify(namespace)}`));
  }
  const uri = valueAt(manifest.body, [...path, 'uri']);
  if (uri !== undefined) {
    findings.push(findingAt(manifest, [...path, 'uri'], `expected no uri beside ref, got ${JSON.stringify(uri)}`));
  }
  return findings;
}

function checkExtensions(source: Manifest): RuleFinding[] {
  return Object.entries(mapAt(source.body, EXTENSIONS)).flatMap(([name, value]) => {
    const path = [...EXTENSIONS, name];
    if (!/^[a-z0-9]{1,20}$/.test(name) || ATTRIBUTES.includes(name)) {
      const expected = 'expected a name of 1 to 20 small letters and digits that is no CloudEvents attribute';
      return [findingAt(source, path, `${expected}, got ${JSON.stringify(name)}`)];
    }
    return typeof value === 'string' && value.trim() !== ''
      ? []
      : [findingAt(source, path, `expected a text that is not empty, but ${describeActual(value)}`)];
  });
}

function checkTicks(set: ManifestSet, context: LintContext): RuleFinding[] {
  const cronJobs = set.jobs.filter(({ kind }) => kind === 'CronJob');
  return [
    ...set.pingSources.flatMap((source) => checkTick(source, textAt(source.body, DATA), DATA, context)),
    ...cronJobs.flatMap((job) => {
      const args: Path = [...containerPath(job), 'args'];
      const at = listAt(job.body, args).indexOf('--data') + 1;
      const path: Path = [...args, at];
      return at === 0 ? [] : checkTick(job, textAt(job.body, path), path, context);
    }),
  ];
}

/** A fixed window is accepted until it has become too old: hence the second look. */
function checkTick(
  manifest: Manifest,
  data: string | undefined,
  path: Path,
  { readers, now }: LintContext,
): RuleFinding[] {
  const read = readers?.get(manifest.name);
  if (read === undefined || data === undefined || !isJsonObject(data)) return []; // K010, K011, K030
  for (const [time, when] of [
    [now, ''],
    [new Date(now.getTime() + YEAR_MS), ', in a year'],
  ] as const) {
    const refusal = read(requestOf(manifest, data, time), time);
    if (refusal === undefined) continue;
    const extension = /^ce-(.+)$/.exec(refusal.field ?? '')?.[1];
    const place =
      extension !== undefined && extension in mapAt(manifest.body, EXTENSIONS) ? [...EXTENSIONS, extension] : path;
    return [
      findingAt(
        manifest,
        place,
        `expected an event that ${manifest.name} accepts, but it answers 400${when}: ${refusal.message}`,
      ),
    ];
  }
  return [];
}

/** The tick of an instant, as PingSource sends it; the ways through a Broker or a Job carry the same event. */
function requestOf(manifest: Manifest, data: string, at: Date): RawRequest {
  const { headers, body } = toBinaryMessage(
    toWireEvent({
      ...(mapAt(manifest.body, EXTENSIONS) as Record<string, string>), // K029 looks at them
      specversion: '1.0',
      id: '00000000-0000-4000-8000-000000000000',
      source: `/apis/v1/namespaces/${manifest.namespace ?? 'default'}/pingsources/${manifest.name}`,
      type: 'dev.knative.sources.ping',
      time: at.toISOString(),
      data,
      datacontenttype: 'application/json',
    }),
  );
  return { method: 'POST', url: '/', rawHeaders: Object.entries(headers).flat(), body };
}
