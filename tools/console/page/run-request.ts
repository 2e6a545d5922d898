import { signal } from '@preact/signals';
import type { RequestForm } from '../state.ts';
import { callApi } from './call-api.ts';

type Tree = { readonly [key: string]: unknown };
type Checked = { readonly ok: true } | { readonly ok: false; readonly message: string };

const CHECK_MS = 200;

/** The data of an event while a person writes it, with what the function would say of it. */
export class RunRequest {
  readonly task: string;
  readonly form: RequestForm;
  /** Only what was entered: everything else is the function's own choice. */
  readonly data = signal<Tree>({});
  readonly problems = signal<ReadonlyMap<string, string>>(new Map());
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(task: string, form: RequestForm) {
    this.task = task;
    this.form = form;
  }

  valueAt(path: readonly string[]): unknown {
    return pick(this.data.value, path);
  }

  defaultAt(path: readonly string[]): unknown {
    return pick(this.form.defaults, path);
  }

  problemAt(path: readonly string[]): string | undefined {
    return this.problems.value.get(path.join('.'));
  }

  /** What belongs to no field of the form. */
  get otherProblem(): string | undefined {
    return this.problems.value.get('');
  }

  set(path: readonly string[], value: unknown): void {
    this.data.value = setValue(this.data.value, path, value);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), CHECK_MS);
  }

  /**
   * The entered data; a window of which one end was entered has its other end from the defaults, as the form shows it:
   * the function takes a window whole.
   */
  completed(): Tree {
    const entered = this.data.value['window'];
    if (typeof entered !== 'object' || entered === null) return this.data.value;
    return { ...this.data.value, window: { ...asTree(this.form.defaults['window']), ...entered } };
  }

  /** Asks whether the function would take it. */
  async check(): Promise<void> {
    const checked = await callApi<Checked>('POST', `/api/tasks/${this.task}/check`, { data: this.completed() });
    this.refuse(checked.ok ? '' : checked.message);
  }

  /** Puts each part of the function's message at the field that it names; an empty message is none. */
  refuse(message: string): void {
    const problems = new Map<string, string>();
    for (const part of message.split(/; (?=data\.)/)) {
      const [, path = '', text = part] = /^data\.([\w.]+)[^:]*: (.*)$/s.exec(part) ?? [];
      const known = path === '' || this.form.fields.some(({ name }) => name === path.split('.')[0]);
      if (part !== '') problems.set(known ? path : '', known ? text : part);
    }
    this.problems.value = problems;
  }
}

function pick(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((node, key) => asTree(node)[key], tree);
}

/** A copy with this value; undefined takes the key away, and a group that is empty then. */
function setValue(tree: Tree, [key = '', ...rest]: readonly string[], value: unknown): Tree {
  const inner = rest.length === 0 ? value : setValue(asTree(tree[key]), rest, value);
  const { [key]: _before, ...others } = tree;
  const isEmpty = inner === undefined || (rest.length > 0 && Object.keys(asTree(inner)).length === 0);
  return isEmpty ? others : { ...others, [key]: inner };
}

function asTree(value: unknown): Tree {
  return typeof value === 'object' && value !== null ? (value as Tree) : {}; // of JSON, so an object is a tree
}
