import { useSignal } from '@preact/signals';
import { Banners, FaultNotice } from './banners.tsx';
import { post } from './call-api.ts';
import { calendarDay, clockTime } from './format.ts';
import { clock, link, nowMs, simulatedAt, timezone } from './store.ts';
import { nextTheme, readTheme } from './theme.ts';

const SPEEDS = [1, 10, 60, 600];
const LINK_WORDS = { connecting: 'connecting', live: 'live', lost: 'reconnecting' } as const;
const THEME_GLYPHS = { system: '◐', light: '☀', dark: '☾' } as const;

export function Header({ view }: { view: string }) {
  const theme = useSignal(readTheme());
  return (
    <header class="top">
      <div class="top-row">
        <a class="brand" href="#/">
          <img src="/favicon.svg" alt="" width="26" height="26" />
          bi-cron
        </a>
        <nav aria-label="Pages">
          <a href="#/" aria-current={view === 'overview' ? 'page' : undefined}>
            Overview
          </a>
          <a href="#/documents" aria-current={view === 'documents' ? 'page' : undefined}>
            Documents
          </a>
        </nav>
        <FaultNotice />
        <Clock />
        <div class="segments" role="group" aria-label="Speed of the clock">
          {speedsWith(clock.value?.speed).map((speed) => (
            <button
              type="button"
              key={speed}
              aria-pressed={clock.value?.speed === speed}
              title={speed === 1 ? 'Real time' : `${speed} simulated seconds a second`}
              onClick={() => post('/api/clock', { speed })}
            >
              {speed}×
            </button>
          ))}
        </div>
        <span class={`live is-${link.value}`} role="status">
          {LINK_WORDS[link.value]}
        </span>
        <button
          type="button"
          class="icon"
          aria-label={`Theme: ${theme.value}`}
          title={`Theme: ${theme.value}`}
          onClick={() => (theme.value = nextTheme(theme.value))}
        >
          {THEME_GLYPHS[theme.value]}
        </button>
      </div>
      <Banners />
    </header>
  );
}

/** The usual speeds, and the present one where it is another. */
function speedsWith(speed = 1): number[] {
  return [...new Set([...SPEEDS, speed])].toSorted((one, other) => one - other);
}

/** The simulated time; the only part of the header that moves. */
function Clock() {
  const now = simulatedAt(nowMs.value);
  return (
    <div class="now" data-clock={now.toISOString()}>
      <time dateTime={now.toISOString()}>{clockTime(now, timezone.value, true)}</time>
      <small>
        {calendarDay(now, timezone.value)} <span class="zone">{timezone.value}</span>
      </small>
    </div>
  );
}
