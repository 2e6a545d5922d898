import {
  describeActual,
  findingAt,
  listAt,
  textAt,
  titleOf,
  valueAt,
  type Manifest,
  type Path,
  type RuleFinding,
} from '../manifest.ts';
import {
  containerPath,
  environmentOf,
  forEach,
  refersTo,
  type LintContext,
  type ManifestSet,
  type Rule,
} from '../manifest-set.ts';

/** The same word names the folder in functions/, the Service and the PingSource. */
export const oneServicePerTask: Rule = {
  id: 'K010',
  title: 'Every folder of a task has one Service or CronJob of its name, and none is left over',
  reason: 'a task without one never runs, one without a task fails on each tick',
  check: checkServices,
};

/** A Service without a sender, a sender without a Service. */
export const onePingSourcePerService: Rule = {
  id: 'K011',
  title: 'Every Service has one PingSource of its name, and every PingSource leads to the task of its name',
  reason: 'ce-source names the task by the PingSource',
  check: checkPingSources,
};

/** One image holds all tasks. */
export const functionTarget: Rule = {
  id: 'K012',
  title: 'FUNCTION_TARGET, and --task of a Job, are the name of the object',
  reason: 'the image runs the task that they name, whatever the Service is called',
  check: forEach((set) => [...set.functions, ...set.jobs], checkTarget),
};

function checkServices(set: ManifestSet, { tasks }: LintContext): RuleFinding[] {
  const cronJobs = set.jobs.filter(({ kind }) => kind === 'CronJob');
  const runners = [...set.functions, ...cronJobs];
  const twice = runners.filter((runner, index) =>
    runners.slice(0, index).some(({ name, namespace }) => name === runner.name && namespace === runner.namespace),
  );
  const findings = twice.map((runner) =>
    findingAt(runner, ['metadata', 'name'], 'expected one object per task, got two'),
  );
  const [first] = runners;
  if (first === undefined) return findings;
  const missing = tasks.filter((task) => !runners.some(({ name }) => name === task));
  const leftOver = runners.filter(({ name }) => !tasks.includes(name));
  return [
    ...findings,
    ...missing.map((task) => ({
      file: first.file,
      line: 1,
      path: '',
      message: `expected a Service ${task}, because functions/${task} is a task, but it is missing`,
    })),
    ...leftOver.map((runner) =>
      findingAt(runner, ['metadata', 'name'], `expected one of the tasks ${tasks.join(', ')}, got ${runner.name}`),
    ),
  ];
}

function checkPingSources(set: ManifestSet): RuleFinding[] {
  const withoutSource = set.functions
    .filter(({ name }) => set.pingSources.filter((source) => source.name === name).length !== 1)
    .map((service) => {
      const count = set.pingSources.filter(({ name }) => name === service.name).length;
      return findingAt(service, ['metadata', 'name'], `expected one PingSource ${service.name}, got ${count}`);
    });
  return [...withoutSource, ...set.pingSources.flatMap((source) => checkSink(source, set))];
}

const SINK = ['spec', 'sink', 'ref'];

function checkSink(source: Manifest, set: ManifestSet): RuleFinding[] {
  const kind = textAt(source.body, [...SINK, 'kind']);
  if (kind === 'Broker') return []; // K053 follows it further
  const targets = kind === 'JobSink' ? set.jobs : set.functions;
  const target = targets.find(({ name }) => name === source.name);
  const expected = `${kind === 'JobSink' ? 'JobSink' : 'Service'} ${source.name}`;
  if (target === undefined) {
    return [findingAt(source, ['metadata', 'name'], `expected a ${expected} to wake, but it is missing`)];
  }
  const leadsThere =
    refersTo(source, SINK, target) && textAt(source.body, [...SINK, 'apiVersion']) === target.apiVersion;
  if (source.namespace !== target.namespace) {
    const wanted = target.namespace === undefined ? 'no namespace' : JSON.stringify(target.namespace);
    return [
      findingAt(
        source,
        ['metadata', 'namespace'],
        `expected ${wanted} as ${titleOf(target)} has it, but ${describeActual(source.namespace)}`,
      ),
    ];
  }
  const sink = `${textAt(source.body, [...SINK, 'apiVersion']) ?? ''} ${kind ?? ''} ${textAt(source.body, [...SINK, 'name']) ?? ''}`;
  return leadsThere
    ? []
    : [
        findingAt(
          source,
          SINK,
          `expected the sink ${target.apiVersion} ${titleOf(target)}, got ${sink.trim() || 'none'}`,
        ),
      ];
}

function checkTarget(manifest: Manifest): RuleFinding[] {
  const { value, path } = environmentOf(manifest, 'FUNCTION_TARGET');
  const expected = JSON.stringify(manifest.name);
  const findings =
    value === manifest.name
      ? []
      : [findingAt(manifest, path, `expected FUNCTION_TARGET ${expected}, but ${describeActual(value)}`)];
  const args: Path = [...containerPath(manifest), 'args'];
  const flag = listAt(manifest.body, args).indexOf('--task');
  const task = valueAt(manifest.body, [...args, flag + 1]);
  return flag === -1 || task === manifest.name
    ? findings
    : [
        ...findings,
        findingAt(manifest, [...args, flag + 1], `expected --task ${expected}, but ${describeActual(task)}`),
      ];
}
