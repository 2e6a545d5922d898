import { describeActual, findingAt, textAt, type Manifest, type Path, type RuleFinding } from '../manifest.ts';
import type { ManifestSet } from '../manifest-set.ts';
import type { Rule } from '../rule.ts';

const SINK: Path = ['spec', 'sink', 'ref'];
const SUBSCRIBER: Path = ['spec', 'subscriber', 'ref'];
const SERVICE = 'serving.knative.dev/v1 Service';
const SOURCE: Path = ['spec', 'filter', 'attributes', 'source'];

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
