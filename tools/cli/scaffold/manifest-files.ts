import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isNode, isScalar, isSeq, parseAllDocuments, parseDocument, Scalar, visit, type Document } from 'yaml';
import { lint } from '../../manifests/lint.ts';
import { listAt, textAt, type Path } from '../../manifests/manifest.ts';
import { BACKEND_LABEL, type LintContext } from '../../manifests/manifest-set.ts';
import { parseManifests } from '../../manifests/read-manifests.ts';
import type { Schedule } from '../../manifests/schedule.ts';
import { BASE, CRON_JOB, type TaskNames } from './names.ts';

/** What the manifests of a task say beyond its names. */
export interface ManifestChoices {
  /** In the zone of the other tasks. */
  readonly schedule: Schedule;
  readonly budgetSeconds: number;
}

/** Path below the repository's folder -> whole text. */
export interface ManifestFiles {
  readonly made: ReadonlyMap<string, string>;
  /** Existing files with what kustomize, which knows no globs, and the Broker need. */
  readonly changed: ReadonlyMap<string, string>;
}

const TRIGGERS = 'knative/components/broker/triggers.yaml';
const COLD_START_SECONDS = 20;
const SHORTEST_TIMEOUT_SECONDS = 60;
const TRIES = 3; // backoffLimit 2
const WAITS_SECONDS = 10 + 20; // kubernetes, before the second and the third try

/** The manifests of a task, made from those of `model`, a task with a manifest in `knative/base`; of components those that there are. */
export function writeManifests(root: string, model: string, names: TaskNames, choices: ManifestChoices): ManifestFiles {
  const made = new Map<string, string>();
  const changed = new Map<string, string>();
  for (const folder of [BASE, CRON_JOB]) {
    const [of, list] = [`${folder}/${model}.yaml`, `${folder}/kustomization.yaml`];
    if (!existsSync(path.join(root, of))) continue;
    made.set(`${folder}/${names.task}.yaml`, adaptManifests(readText(root, of), model, names, choices));
    changed.set(list, addResource(readText(root, list), `${names.task}.yaml`));
  }
  const triggers = existsSync(path.join(root, TRIGGERS)) ? readText(root, TRIGGERS) : '';
  const trigger = parseAllDocuments(triggers).find((document) => document.getIn(['metadata', 'name']) === model);
  if (trigger !== undefined) {
    setLeadingComment(trigger, null);
    rename(trigger, model, names.task);
    changed.set(TRIGGERS, `${triggers.trimEnd()}\n---\n${write([trigger])}`);
  }
  return { made, changed };
}

function readText(root: string, file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function write(documents: readonly Document[]): string {
  return documents
    .map((document) => document.toString({ lineWidth: 0, flowCollectionPadding: false }).replace(/^---\n/, ''))
    .join('---\n');
}

function adaptManifests(
  text: string,
  model: string,
  { task, backend }: TaskNames,
  { schedule, budgetSeconds }: ManifestChoices,
): string {
  const startedSeconds = budgetSeconds + COLD_START_SECONDS;
  const timeoutSeconds = Math.max(startedSeconds, SHORTEST_TIMEOUT_SECONDS);
  const documents = parseAllDocuments(text);
  for (const document of documents) {
    rename(document, model, task);
    replace(document, ['metadata', 'labels', BACKEND_LABEL], backend);
    replace(document, ['spec', 'schedule'], schedule.expression);
    replace(document, ['spec', 'template', 'spec', 'timeoutSeconds'], timeoutSeconds);
    replace(document, ['spec', 'template', 'spec', 'responseStartTimeoutSeconds'], timeoutSeconds);
    const deadlineSeconds = TRIES * startedSeconds + WAITS_SECONDS;
    replace(document, ['spec', 'jobTemplate', 'spec', 'activeDeadlineSeconds'], deadlineSeconds);
    for (const template of [
      ['spec', 'template'],
      ['spec', 'jobTemplate', 'spec', 'template'],
    ]) {
      const env = [...template, 'spec', 'containers', 0, 'env'];
      const index = listAt(document.toJS(), env).findIndex((entry) => textAt(entry, ['name']) === 'RUN_BUDGET');
      replace(document, [...env, index, 'value'], `${budgetSeconds}s`);
    }
  }
  const [first] = documents;
  if (first !== undefined) setLeadingComment(first, ` Runs ${task}: ${schedule.expression} (${schedule.timezone}).`);
  return write(documents);
}

/** The comment in front of everything; package yaml keeps it with the first key. */
function setLeadingComment({ contents }: Document, comment: string | null): void {
  const key = isMap(contents) ? contents.items[0]?.key : undefined;
  if (isNode(key)) key.commentBefore = comment;
}

/** Sets what is there, and adds nothing. */
function replace(document: Document, at: Path, value: string | number): void {
  const node = document.getIn(at, true);
  if (isScalar(node)) node.value = value;
}

/** Writes `task` wherever a value or a comment names the model. */
function rename(document: Document, model: string, task: string): void {
  const name = new RegExp(`(?<![\\w-])${model}(?![\\w-])`, 'g');
  visit(document, {
    Node: (_key, node) => {
      if (node.comment) node.comment = node.comment.replaceAll(name, task); // oxlint-disable-line no-param-reassign -- yaml's nodes are edited in place
      if (node.commentBefore) node.commentBefore = node.commentBefore.replaceAll(name, task); // oxlint-disable-line no-param-reassign -- as above
      if (isScalar(node) && typeof node.value === 'string') node.value = node.value.replaceAll(name, task); // oxlint-disable-line no-param-reassign -- as above
    },
  });
}

function addResource(text: string, file: string): string {
  const document = parseDocument(text);
  const resources = document.get('resources');
  if (isSeq<Scalar<string>>(resources)) {
    resources.items.push(new Scalar(file));
    resources.items.sort((one, other) => (one.value < other.value ? -1 : 1));
  }
  return write([document]);
}

/**
 * What the lint would report for the folders that hold `files` (path below `root` -> text) once these are written, as
 * `knative/base/x.yaml:47 K025 …`: the first finding about one of them; undefined when there is none.
 */
export function findProblem(
  root: string,
  files: ReadonlyMap<string, string>,
  context: LintContext,
): string | undefined {
  for (const folder of new Set([...files.keys()].map((file) => path.posix.dirname(file)))) {
    const texts = new Map(
      [...readFolder(root, folder), ...files].filter(([file]) => path.posix.dirname(file) === folder),
    );
    const parsed = [...texts].map(([file, text]) => parseManifests(text, file));
    const findings = [
      ...parsed.flatMap((each) => each.findings),
      ...lint(
        parsed.flatMap(({ manifests }) => manifests),
        context,
      ),
    ];
    const finding = findings.find(({ file }) => files.has(file));
    if (finding !== undefined) return `${finding.file}:${finding.line} ${finding.rule} ${finding.message}`;
  }
  return undefined;
}

function readFolder(root: string, folder: string): [file: string, text: string][] {
  const directory = path.join(root, folder);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((entry) => entry.endsWith('.yaml'))
    .map((entry) => [`${folder}/${entry}`, readFileSync(path.join(directory, entry), 'utf8')]);
}
