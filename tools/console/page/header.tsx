import { useSignal } from '@preact/signals';
import { callApi } from './call-api.ts';
import { calendarDay, clockTime } from './format.ts';
import { build, clock, isConnected, nowMs, simulatedAt, timezone } from './store.ts';
import { nextTheme, readTheme } from './theme.ts';

const SPEEDS = [1, 10, 60, 600];
const THEME_GLYPHS = { system: '◐', light: '☀', dark: '☾' } as const;

export function Header({ view }: { view: string }) {
  const theme = useSignal(readTheme());
  const now = simulatedAt(nowMs.value);
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
        <div class="now" data-clock={now.toISOString()}>
          <time dateTime={now.toISOString()}>{clockTime(now, timezone.value, true)}</time>
          <small>
            {calendarDay(now, timezone.value)} <span class="zone">· {timezone.value}</span>
          </small>
        </div>
        <div class="segments" role="group" aria-label="Speed of the clock">
          {SPEEDS.map((speed) => (
            <button
              type="button"
              key={speed}
              aria-pressed={clock.value?.speed === speed}
              onClick={() => void callApi('POST', '/api/clock', { speed })}
            >
              {speed}×
            </button>
          ))}
        </div>
        <span class={isConnected.value ? 'live' : 'live is-off'} role="status">
          {isConnected.value ? 'live' : 'reconnecting'}
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
      {build.value.problem !== undefined && (
        <pre class="banner" role="alert">
          The source does not build; the last good build runs on.{'\n'}
          {build.value.problem}
        </pre>
      )}
    </header>
  );
}
