import { parseIsoDuration } from '../../stack/senders/delivery-spec.ts';
import {
  describeActual,
  findingAt,
  numberAt,
  textAt,
  titleOf,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import { forEach, podTemplatePath, refersTo, type ManifestSet, type Rule } from '../manifest-set.ts';

const DELIVERY: Path = ['spec', 'delivery'];
const FILTER: Path = ['spec', 'filter', 'attributes'];
const PING = 'dev.knative.sources.ping';

/** Retries that wait, and an end that is seen. */
export const delivery: Rule = {
  id: 'K050',
  title: 'Brokers and Triggers have retry, both backoff fields and a dead letter sink',
  reason: 'retries without both backoff fields follow at once, and without a sink the event is lost after the last',
  check: forEach((set) => [...set.brokers, ...set.triggers], checkDelivery),
};

/** The Broker’s timeout is longer than the function’s. */
export const deliveryTimeout: Rule = {
  id: 'K051',
  title: "delivery.timeout is longer than the subscriber's timeoutSeconds",
  reason: 'a Broker that gives up first sends the event again while its run goes on',
  check: forEach((set) => set.triggers, checkDeliveryTimeout),
};

/** Two exact attributes. */
export const triggerFilter: Rule = {
  id: 'K052',
  title: `A Trigger filters by type ${PING} and by the source of one PingSource`,
  reason: 'the result event goes to the same Broker: a Trigger that takes it starts the task again, endlessly',
  check: forEach((set) => set.triggers, checkFilter),
};

function checkDelivery(manifest: Manifest, set: ManifestSet): RuleFinding[] {
  const missing = ['retry', 'backoffPolicy', 'backoffDelay', 'timeout', 'deadLetterSink'].filter(
    (field) => valueAt(manifest.body, [...DELIVERY, field]) === undefined,
  );
  const durations = ['backoffDelay', 'timeout'].filter((field) => {
    const text = textAt(manifest.body, [...DELIVERY, field]);
    return text !== undefined && parseIsoDuration(text) === undefined;
  });
  const policy = valueAt(manifest.body, [...DELIVERY, 'backoffPolicy']);
  return [
    ...missing.map((field) =>
      findingAt(manifest, [...DELIVERY, field], `expected delivery.${field}, but it is missing`),
    ),
    ...(policy === undefined || policy === 'exponential' || policy === 'linear'
      ? []
      : [
          findingAt(
            manifest,
            [...DELIVERY, 'backoffPolicy'],
            `expected "exponential" or "linear", but ${describeActual(policy)}`,
          ),
        ]),
    ...checkDeadLetterSink(manifest, set),
    ...durations.map((field) => {
      const path = [...DELIVERY, field];
      return findingAt(
        manifest,
        path,
        `expected an ISO 8601 duration such as PT2S, but ${describeActual(valueAt(manifest.body, path))}`,
      );
    }),
  ];
}

/** A Service must be among the objects; other consumers of events cannot be checked. */
function checkDeadLetterSink(manifest: Manifest, set: ManifestSet): RuleFinding[] {
  const path = [...DELIVERY, 'deadLetterSink'];
  const sink = valueAt(manifest.body, path);
  if (sink === undefined || textAt(sink, ['uri']) !== undefined) return [];
  const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map((field) => textAt(sink, ['ref', field]));
  const isThere =
    kind === 'Service'
      ? set.all.some((each) => each.apiVersion === apiVersion && each.kind === kind && each.name === name)
      : [apiVersion, kind, name].every((text) => text !== undefined && text !== '');
  return isThere
    ? []
    : [findingAt(manifest, path, `expected a uri, or a ref to what there is, but ${describeActual(sink)}`)];
}

function subscriberOf(trigger: Manifest, set: ManifestSet): Manifest | undefined {
  return set.services.find((service) => refersTo(trigger, ['spec', 'subscriber', 'ref'], service));
}

function checkDeliveryTimeout(trigger: Manifest, set: ManifestSet): RuleFinding[] {
  const subscriber = subscriberOf(trigger, set);
  const path = [...DELIVERY, 'timeout'];
  const text = textAt(trigger.body, path);
  const durationMs = text === undefined ? undefined : parseIsoDuration(text);
  const limit = subscriber && numberAt(subscriber.body, [...podTemplatePath(subscriber), 'spec', 'timeoutSeconds']);
  if (subscriber === undefined || durationMs === undefined || limit === undefined || durationMs > limit * 1000)
    return [];
  return [
    findingAt(
      trigger,
      path,
      `expected more than ${limit} s, the timeoutSeconds of ${titleOf(subscriber)}, got ${text ?? ''}`,
    ),
  ];
}

function checkFilter(trigger: Manifest, set: ManifestSet): RuleFinding[] {
  const findings: RuleFinding[] = [];
  const type = textAt(trigger.body, [...FILTER, 'type']);
  if (type !== PING)
    findings.push(
      findingAt(trigger, [...FILTER, 'type'], `expected ${JSON.stringify(PING)}, but ${describeActual(type)}`),
    );
  const source = textAt(trigger.body, [...FILTER, 'source']);
  const known = set.pingSources.find(({ name }) => source?.endsWith(`/pingsources/${name}`) === true);
  // plain files leave the namespace to the overlay
  const namespace = known?.namespace ?? /namespaces\/([^/]+)/.exec(source ?? '')?.[1] ?? 'NAMESPACE';
  const expected = `/apis/v1/namespaces/${namespace}/pingsources/${known?.name ?? trigger.name}`;
  if (source !== expected || (known === undefined && set.pingSources.length > 0)) {
    findings.push(
      findingAt(
        trigger,
        [...FILTER, 'source'],
        `expected the source of a PingSource, ${JSON.stringify(expected)}, but ${describeActual(source)}`,
      ),
    );
  }
  return findings;
}

const SINK: Path = ['spec', 'sink', 'ref'];
const SUBSCRIBER: Path = ['spec', 'subscriber', 'ref'];
const SERVICE = 'serving.knative.dev/v1 Service';
const SOURCE: Path = [...FILTER, 'source'];

/** From the PingSource through the Broker to the Service. */
export const brokerRoute: Rule = {
  id: 'K053',
  title: 'A PingSource that sends to a Broker has a Trigger to the Service of its name',
  reason: 'a Broker accepts an event that no Trigger wants, and drops it',
  check: checkRoutes,
};

function checkRoutes(set: ManifestSet): RuleFinding[] {
  const sources = set.pingSources.filter((source) => textAt(source.body, [...SINK, 'kind']) === 'Broker');
  return [
    ...sources.flatMap((source) => checkRoute(source, set)),
    ...sources.flatMap((source) => checkBroker(source, [...SINK, 'name'], set)),
    ...set.triggers.flatMap((trigger) => checkBroker(trigger, ['spec', 'broker'], set)),
  ];
}

function checkRoute(source: Manifest, set: ManifestSet): RuleFinding[] {
  const broker = textAt(source.body, [...SINK, 'name']);
  const route = set.triggers.find(
    (trigger) =>
      textAt(trigger.body, ['spec', 'broker']) === broker &&
      textAt(trigger.body, SOURCE)?.endsWith(`/pingsources/${source.name}`) === true,
  );
  const expected = `expected a Trigger on Broker ${broker ?? ''} from this source to ${SERVICE} ${source.name}`;
  if (route === undefined) return [findingAt(source, SINK, `${expected}, but it is missing`)];
  const [apiVersion, kind, name] = ['apiVersion', 'kind', 'name'].map(
    (field) => textAt(route.body, [...SUBSCRIBER, field]) ?? '(none)',
  );
  return `${apiVersion} ${kind} ${name}` === `${SERVICE} ${source.name}`
    ? []
    : [findingAt(route, SUBSCRIBER, `${expected}, got ${apiVersion} ${kind} ${name}`)];
}

function checkBroker(from: Manifest, path: Path, set: ManifestSet): RuleFinding[] {
  const brokers = set.brokers.map(({ name }) => name);
  const name = textAt(from.body, path);
  return name !== undefined && brokers.includes(name)
    ? []
    : [
        findingAt(
          from,
          path,
          `expected one of the Brokers ${brokers.join(', ') || '(there is none)'}, but ${describeActual(name)}`,
        ),
      ];
}
