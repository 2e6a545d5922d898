import { applyTheme, readTheme } from './theme.ts';

applyTheme(readTheme()); // before the first paint, so that nothing flashes
