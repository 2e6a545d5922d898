import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { startFunction, type FunctionProcess } from '../../tools/stack/function-process.ts';
import { startStack, type Stack } from '../../tools/stack/stack.ts';
import { APP_DIR } from '../support/app-dir.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Who makes the tokens of these journeys, and what a function has to know of it. */
export interface TokenIssuer {
  /** The function's `CALLER_*` variables and what goes with them, for the audience `bi-cron`. */
  readonly env: Readonly<Record<string, string>>;
  /** The subject that may call. */
  readonly subject: string;
  /** A token of that subject, or of one in another namespace; undefined: for the audience that the issuer gives by itself. */
  token(audience: string | undefined, who?: 'allowed' | 'foreign'): Promise<string>;
  /** The private key that signs its tokens. */
  readonly signingKey: KeyObject;
  close(): Promise<void>;
}

/** A function that asks for the issuer's tokens, on an embedded stack. */
export interface Guarded {
  readonly fn: FunctionProcess;
  readonly stack: Stack;
  /** The status that an event with this token gets, and the message of an error. */
  send(token: string): Promise<{ status: number; message: unknown }>;
  close(): Promise<void>;
}

let sent = 0;

export async function startGuarded(env: Readonly<Record<string, string>>): Promise<Guarded> {
  const stack = await startStack();
  const fn = await startFunction({
    task: 'goods-onsale',
    appDir: APP_DIR,
    env: { K_SERVICE: 'goods-onsale', ...env, ...stack.env },
  });
  return {
    fn,
    stack,
    send: async (token) => {
      sent += 1;
      const headers = {
        'ce-specversion': '1.0',
        'ce-id': `caller-${sent}`,
        'ce-source': '/people/lin',
        'ce-type': 'bi.cron.run.requested',
        authorization: `Bearer ${token}`,
      };
      const response = await fetch(fn.url, { method: 'POST', headers });
      const { message } = (await response.json()) as { message?: unknown }; // every answer to an event is a JSON object
      return { status: response.status, message };
    },
    close: async () => {
      await fn.stop();
      await stack.close();
    },
  };
}

/**
 * The same token, made so much earlier that it is no longer good; or with another key than its header says. What an issuer
 * would have given then, claim by claim: the shortest life that Kubernetes allows is ten minutes.
 */
export function resign(token: string, key: KeyObject, earlierS = 0): Promise<string> {
  const { iat = 0, exp = 0, nbf, ...claims } = decodeJwt(token);
  const times = { iat: iat - earlierS, exp: exp - earlierS, ...(nbf === undefined ? {} : { nbf: nbf - earlierS }) };
  return new SignJWT({ ...claims, ...times })
    .setProtectedHeader(decodeProtectedHeader(token) as { alg: string })
    .sign(key); // a signed token names its algorithm
}

/** Resolves once the function lets this token in: with an unknown key it asks the issuer again, but once in 30 s. */
export async function untilLetIn(guarded: Guarded, token: string): Promise<void> {
  const look = async (): Promise<void> => expect((await guarded.send(token)).status).toBe(200);
  await vi.waitFor(look, { timeout: 120_000, interval: 500 });
}

/** More than the hour for which kubectl asks, and the leeway that anybody gives. */
export const LONG_AGO_S = 7200;

/** Journeys that every issuer's tokens have to make. */
export function describeCallers(open: () => Promise<TokenIssuer>): void {
  let issuer: TokenIssuer;
  let guarded: Guarded;
  let tokens: Record<'good' | 'otherAudience' | 'ownAudience' | 'foreign' | 'expired' | 'forged', string>;

  beforeAll(async () => {
    issuer = await open();
    const good = await issuer.token('bi-cron');
    tokens = {
      good,
      otherAudience: await issuer.token('someone-else'),
      ownAudience: await issuer.token(undefined),
      foreign: await issuer.token('bi-cron', 'foreign'),
      expired: await resign(good, issuer.signingKey, LONG_AGO_S),
      forged: await resign(good, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    };
    guarded = await startGuarded(issuer.env);
  });
  afterAll(async () => {
    await guarded.close();
    await issuer.close();
  });

  it('a token for our audience, of a subject that may call, starts a run', async () => {
    expect(await guarded.send(tokens.good)).toEqual({ status: 200, message: undefined });
    await waitUntil(() => expect(guarded.fn.runs()).toMatchObject([{ outcome: 'done', subject: issuer.subject }]));
  });

  it('one for another audience is refused', async () => {
    const refusal = { status: 401, message: expect.stringContaining('got one whose aud is not as expected') as string };
    expect(await guarded.send(tokens.otherAudience)).toEqual(refusal);
    expect(await guarded.send(tokens.ownAudience)).toEqual(refusal);
  });

  it('one of a subject in another namespace is refused', async () => {
    expect(await guarded.send(tokens.foreign)).toEqual({
      status: 403,
      message: expect.stringContaining('expected a subject of CALLER_SUBJECTS') as string,
    });
  });

  it('one that has expired is refused', async () => {
    expect(await guarded.send(tokens.expired)).toEqual({
      status: 401,
      message: expect.stringContaining('got an expired one') as string,
    });
  });

  it('one that another key signed is refused', async () => {
    expect(await guarded.send(tokens.forged)).toEqual({
      status: 401,
      message: expect.stringContaining('got one with a wrong signature') as string,
    });
  });
}
