import { signal } from '@preact/signals';

/** Why the last request was not carried out; empty when it was. */
export const notice = signal('');

/** Asks the console's server; rejects with its message when it refuses, or with why it cannot be asked. */
export async function callApi<Body>(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Body> {
  const response = await fetchApi(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-bi-cron-console': '1', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Body & { message?: string }; // our own server's
  if (!response.ok) throw new Error(answer.message ?? `expected an answer, got ${response.status}`);
  return answer;
}

/** What went wrong, for a person. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Does what a button stands for; what goes wrong is shown to the person. */
export async function attempt(does: () => Promise<unknown>): Promise<void> {
  try {
    notice.value = '';
    await does();
  } catch (error) {
    notice.value = wordsOf(error);
  }
}

/** Posts a request that needs no answer; what goes wrong is shown to the person. */
export function post(path: string, body: unknown): void {
  void attempt(() => callApi('POST', path, body));
}

async function fetchApi(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(path, request);
  } catch (cause) {
    throw new Error('The server of this page does not answer: is make dev still running?', { cause });
  }
}
