import { confirm, input, select } from '@inquirer/prompts';
import { EXIT, ExitError } from '../exit-code.ts';

const OTHER = 'another one';
const CONTEXT = { output: process.stderr }; // standard output is for results

/** Why an answer cannot be taken; undefined when it can. */
export type Check = (answer: string) => string | undefined;

/** Asks for the backend, known ones first. */
export async function askBackend(known: readonly string[], check: Check): Promise<string> {
  const choices = [...known, OTHER].map((value) => ({ value }));
  const chosen = await answer(select({ message: 'Which backend does it call?', choices }, CONTEXT));
  if (chosen !== OTHER) return chosen;
  const validate = (name: string) => check(name) ?? true;
  return answer(input({ message: 'Its name in Nacos:', default: 'bi-api-', prefill: 'editable', validate }, CONTEXT));
}

/** Asks when it runs. */
export function askSchedule(proposal: string | undefined, timezone: string, check: Check): Promise<string> {
  const validate = (schedule: string) => check(schedule) ?? true;
  return answer(
    input({ message: `When (cron, ${timezone})?`, ...(proposal && { default: proposal }), validate }, CONTEXT),
  );
}

/** Asks what to do with a run whose end is unknown. */
export function askSafeToRepeat(): Promise<boolean> {
  return answer(confirm({ message: 'May the same work be done twice without harm?', default: false }, CONTEXT));
}

/** The answer; Ctrl-C at a question ends the tool with status 130. */
async function answer<Value>(asked: Promise<Value>): Promise<Value> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error; // @inquirer/core
    throw new ExitError(EXIT.interrupted, 'new: interrupted, nothing is written', { cause: error });
  }
}
