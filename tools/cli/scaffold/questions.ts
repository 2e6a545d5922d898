import { confirm, input, select } from '@inquirer/prompts';

const OTHER = 'another one';

/** Asks for the backend, known ones first. */
export async function askBackend(known: readonly string[]): Promise<string> {
  const choices = [...known, OTHER].map((value) => ({ value }));
  const chosen = await select({ message: 'Which backend does it call?', choices }, CONTEXT);
  return chosen === OTHER ? input({ message: 'Its name in Nacos:', default: 'bi-api-' }, CONTEXT) : chosen;
}

/** Asks when it runs. */
export function askSchedule(proposal: string, timezone: string): Promise<string> {
  return input({ message: `When (cron, ${timezone})?`, default: proposal }, CONTEXT);
}

/** Asks what becomes of a run whose end nobody knows. */
export function askSafeToRepeat(): Promise<boolean> {
  return confirm({ message: 'May the same work be done twice without harm?', default: true }, CONTEXT);
}

const CONTEXT = { output: process.stderr }; // standard output is for results
