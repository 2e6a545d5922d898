import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';
import { onTestFinished } from 'vitest';
import type { Exchange } from './nacos-exchanges.ts';

export interface RecordedNacos {
  /** `host:port`. */
  readonly address: string;
  /** Method and path of each request, in order. */
  readonly asked: readonly string[];
}

/** What a request is known by; `auth` is the user of its token. */
type Question = Required<Pick<Exchange['request'], 'method' | 'path' | 'query' | 'form'>> & { readonly auth: string };

/**
 * A server that answers these exchanges and nothing else, matched by method, path, query, form and user. Any other
 * request is answered by 599 and fails the test. It closes with the test.
 */
export async function serveExchanges(exchanges: readonly Exchange[]): Promise<RecordedNacos> {
  const known = exchanges.map((exchange) => ({ exchange, question: questionOf(exchange) }));
  for (const [index, { question, exchange }] of known.entries()) {
    const twin = known.slice(index + 1).find((other) => isDeepStrictEqual(other.question, question));
    if (twin !== undefined) throw new Error(`two answers to one question: ${exchange.name}, ${twin.exchange.name}`);
  }
  const asked: string[] = [];
  const unknown: Question[] = [];
  const server = createServer((request, response) => {
    const answer = async (): Promise<void> => {
      const question = await readQuestion(request);
      asked.push(`${question.method} ${question.path}`);
      const found = known.find((one) => isDeepStrictEqual(one.question, question))?.exchange;
      if (found === undefined) unknown.push(question);
      const { status, contentType, headers, body } = found ?? NOT_RECORDED;
      const type = contentType === null ? {} : { 'content-type': contentType };
      response
        .writeHead(status, { ...headers, ...type })
        .end(body.replace('TOKEN', found?.request.form?.['username'] ?? ''));
    };
    answer().catch((error: unknown) => response.destroy(error as Error)); // nothing else is thrown there
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    if (unknown.length > 0) throw new Error(`requests that were not recorded: ${JSON.stringify(unknown, null, 1)}`);
  });
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }; // a TCP server's address is no string
}

const NOT_RECORDED = { status: 599, contentType: 'text/plain', headers: {}, body: 'not recorded' } as const;

function questionOf({ request }: Exchange): Question {
  const { method, path, query = {}, form = {}, auth = 'none' } = request;
  return { method, path, query, form, auth };
}

/** Logins hand out the user's name as the token. */
async function readQuestion(request: IncomingMessage): Promise<Question> {
  const { pathname: path, searchParams } = new URL(request.url ?? '', 'http://recorded');
  const form = Object.fromEntries(new URLSearchParams(await text(request)));
  const auth = request.headers.authorization?.replace('Bearer ', '') ?? 'none';
  return { method: request.method ?? '', path, query: Object.fromEntries(searchParams), form, auth };
}
