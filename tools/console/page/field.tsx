import type { FormField } from '../state.ts';
import { fromLocalInput, toLocalInput } from './format.ts';
import type { RunRequest } from './run-request.ts';

interface FieldProps {
  readonly runRequest: RunRequest;
  readonly field: FormField;
  /** Where its value stands in the request. */
  readonly path: readonly string[];
  readonly zone: string;
}

/** The input of one field of a request, with the function's own words about it. */
export function Field({ runRequest, field, path, zone }: FieldProps) {
  const id = `field-${path.join('-')}`;
  const problem = runRequest.problemAt(path);
  if (field.kind === 'group')
    return (
      <fieldset class="group" aria-describedby={`${id}-comment`}>
        <legend>
          {field.name} <small>{field.type.split('.').at(-1)}</small>
        </legend>
        <Comment id={id} text={field.comment} />
        <div class="group-fields">
          {field.fields.map((child) => (
            <Field key={child.name} runRequest={runRequest} field={child} path={[...path, child.name]} zone={zone} />
          ))}
        </div>
        <Problem id={id} text={problem} />
      </fieldset>
    );
  return (
    <div class="field">
      <label for={id}>
        {field.name} <small>{field.kind === 'time' ? zone : field.type}</small>
      </label>
      <Input runRequest={runRequest} field={field} path={path} zone={zone} />
      <Comment id={id} text={field.comment} />
      <Problem id={id} text={problem} />
    </div>
  );
}

function Input({ runRequest, field, path, zone }: FieldProps) {
  const id = `field-${path.join('-')}`;
  const value = runRequest.valueAt(path);
  const fallback = runRequest.defaultAt(path);
  const common = {
    id,
    name: path.join('.'),
    'aria-describedby': `${id}-comment ${id}-problem`,
    'aria-invalid': runRequest.problemAt(path) !== undefined,
  };
  const set = (next: unknown): void => runRequest.set(path, next);
  switch (field.kind) {
    case 'time': {
      const shown = value ?? fallback;
      return (
        <input
          {...common}
          type="datetime-local"
          step="60"
          class={value === undefined ? 'is-default' : ''}
          value={typeof shown === 'string' ? toLocalInput(new Date(shown), zone) : ''}
          onInput={({ currentTarget }) => set(fromLocalInput(currentTarget.value, zone))}
        />
      );
    }
    case 'number':
      return (
        <input
          {...common}
          inputMode="numeric"
          placeholder={textOf(fallback)}
          value={textOf(value)}
          onInput={({ currentTarget: { value: text } }) =>
            set(text === '' ? undefined : Number.isNaN(Number(text)) ? text : Number(text))
          }
        />
      );
    case 'list':
      return (
        <input
          {...common}
          placeholder={textOf(fallback) || 'comma-separated'}
          value={textOf(value)}
          onInput={({ currentTarget: { value: text } }) =>
            set(text === '' ? undefined : text.split(',').map((item) => item.trim()))
          }
        />
      );
    case 'flag':
      return (
        <input
          {...common}
          type="checkbox"
          checked={(value ?? fallback) === true}
          onInput={({ currentTarget }) => set(currentTarget.checked)}
        />
      );
    case 'choice':
      return (
        <select
          {...common}
          value={textOf(value ?? fallback)}
          onInput={({ currentTarget }) => set(currentTarget.value || undefined)}
        >
          <option value="" />
          {field.options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      );
    default:
      return (
        <input
          {...common}
          placeholder={textOf(fallback)}
          value={textOf(value)}
          onInput={({ currentTarget: { value: text } }) => set(text === '' ? undefined : text)}
        />
      );
  }
}

function Comment({ id, text }: { id: string; text: string }) {
  return (
    <p id={`${id}-comment`} class="comment">
      {text}
    </p>
  );
}

function Problem({ id, text }: { id: string; text: string | undefined }) {
  return (
    <p id={`${id}-problem`} class="problem" role={text === undefined ? undefined : 'alert'}>
      {text ?? ''}
    </p>
  );
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
