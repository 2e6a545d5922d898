/** `system` follows the operating system. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'bi-cron-theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function readTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === stored) ?? 'system';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset['theme'] = theme;
}

/** Stores and applies the theme that comes after this one. */
export function nextTheme(theme: Theme): Theme {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  localStorage.setItem(KEY, next);
  applyTheme(next);
  return next;
}
