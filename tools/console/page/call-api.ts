/** Asks the console's server; rejects with its message when it refuses. */
export async function callApi<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json', 'x-bi-cron-console': '1' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Answer & { message?: string }; // our own server's
  if (!response.ok) throw new Error(answer.message ?? `expected an answer, got ${response.status}`);
  return answer;
}
