import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatDuration } from '../../../functions/runtime/duration.ts';
import { fromLocalInput, toLocalInput } from './format.ts';
import { nowMs, simulatedAt } from './store.ts';

/** What a backfill covers, as the API takes it. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly stepMs: number;
}

const HOUR_MS = 3_600_000;
const STEPS = [
  { title: '1 hour', ms: HOUR_MS },
  { title: '6 hours', ms: 6 * HOUR_MS },
  { title: '12 hours', ms: 12 * HOUR_MS },
  { title: '1 day', ms: 24 * HOUR_MS },
  { title: '7 days', ms: 7 * 24 * HOUR_MS },
  { title: '30 days', ms: 30 * 24 * HOUR_MS },
];
const UNLIMITED_MS = 365 * 24 * HOUR_MS;
const USUAL_MS = 72 * HOUR_MS;

/** From, to and the length of one window, no longer than the task takes. Writes into `span`. */
export function BackfillFields(props: { longestStepMs: number; zone: string; span: Signal<Span | undefined> }) {
  const { longestStepMs, zone, span } = props;
  const end = useSignal(toLocalInput(simulatedAt(nowMs.peek()), zone));
  const start = useSignal(toLocalInput(new Date(simulatedAt(nowMs.peek()).getTime() - USUAL_MS), zone));
  const stepMs = useSignal(longestStepMs); // as `bi-cron backfill` cuts it, so that the run keys are the same
  const [from, to] = [fromLocalInput(start.value, zone), fromLocalInput(end.value, zone)];
  useEffect(() => {
    Object.assign(span, { value: from && to ? { from, to, stepMs: stepMs.value } : undefined });
  }, [from, to, stepMs.value]);
  const count = from && to ? Math.ceil((Date.parse(to) - Date.parse(from)) / stepMs.value) : 0;
  return (
    <div class="group-fields">
      <InstantField name="from" zone={zone} text={start} />
      <InstantField name="to" zone={zone} text={end} />
      <div class="field">
        <label for="backfill-step">window</label>
        <select
          id="backfill-step"
          value={stepMs.value}
          onInput={({ currentTarget }) => (stepMs.value = Number(currentTarget.value))}
        >
          <option value={longestStepMs}>
            {longestStepMs > UNLIMITED_MS ? 'all in one' : `the longest, ${formatDuration(longestStepMs)}`}
          </option>
          {STEPS.filter(({ ms }) => ms < longestStepMs).map(({ title, ms }) => (
            <option key={ms} value={ms}>
              {title}
            </option>
          ))}
        </select>
        {count > 0 ? (
          <p class="comment">{`${count} event${count === 1 ? '' : 's'}`}</p>
        ) : (
          <p class="problem" role="alert">
            to: expected a time after from
          </p>
        )}
      </div>
    </div>
  );
}

function InstantField({ name, zone, text }: { name: string; zone: string; text: Signal<string> }) {
  const id = `backfill-${name}`;
  return (
    <div class="field">
      <label for={id}>
        {name} <small>{zone}</small>
      </label>
      <input
        id={id}
        type="datetime-local"
        value={text.value}
        onInput={({ currentTarget }) => Object.assign(text, { value: currentTarget.value })}
      />
    </div>
  );
}
