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
  /** How many windows the person has agreed to. */
  readonly confirmedWindows?: number;
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
const MANY_WINDOWS = 100; // as the server counts

/** From, to and the length of one window, no longer than the task takes. Writes into `span`. */
export function BackfillFields(props: {
  longestStepMs: number;
  usualMs: number;
  zone: string;
  span: Signal<Span | undefined>;
}) {
  const { longestStepMs, usualMs, zone, span } = props;
  const end = useSignal(toLocalInput(simulatedAt(nowMs.peek()), zone));
  const start = useSignal(toLocalInput(new Date(simulatedAt(nowMs.peek()).getTime() - USUAL_MS), zone));
  const stepMs = useSignal(longestStepMs); // as `bi-cron backfill` cuts it, so that the run keys are the same
  const [from, to] = [fromLocalInput(start.value, zone), fromLocalInput(end.value, zone)];
  const confirmed = useSignal(0);
  const count = from && to ? Math.ceil((Date.parse(to) - Date.parse(from)) / stepMs.value) : 0;
  const isConfirmed = count <= MANY_WINDOWS || confirmed.value === count;
  useEffect(() => {
    const value = { from, to, stepMs: stepMs.value, ...(count > MANY_WINDOWS && { confirmedWindows: count }) };
    Object.assign(span, { value: from && to && count > 0 && isConfirmed ? value : undefined });
  }, [from, to, stepMs.value, isConfirmed]);
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
          <p class="comment">{`${count} event${count === 1 ? '' : 's'}, about ${formatDuration(Math.ceil((count * usualMs) / 1000) * 1000)}`}</p>
        ) : (
          <p class="problem" role="alert">
            to: expected a time after from
          </p>
        )}
        {count > MANY_WINDOWS && (
          <label>
            <input
              type="checkbox"
              checked={isConfirmed}
              onInput={({ currentTarget }) => (confirmed.value = currentTarget.checked ? count : 0)}
            />{' '}
            so many it shall be
          </label>
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
