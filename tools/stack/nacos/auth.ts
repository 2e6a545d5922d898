import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestParameters } from './parameters.ts';

export interface AuthOptions {
  /** Password by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** Names of users that may read only. */
  readonly readOnly?: readonly string[];
  /** 18000, as in nacos, when missing. */
  readonly tokenTtlSeconds?: number;
}

export type Access = 'open' | 'read' | 'write';

/** The body of a login's answer. */
export interface Login {
  readonly accessToken: string;
  readonly tokenTtl: number;
  readonly globalAdmin: boolean;
  readonly username: string;
}

interface Token {
  readonly username: string;
  expiresAt: number;
}

const UNKNOWN_USER = 'User not found! Please check user exist or password is right!';

/** Users and tokens of one server. Without options auth is off: every login succeeds and nothing is refused, as nacos does with `nacos.core.auth.enabled=false`. */
export class Auth {
  readonly #options: AuthOptions | undefined;
  readonly #tokens = new Map<string, Token>();

  constructor(options: AuthOptions | undefined) {
    this.#options = options;
  }

  /** Undefined for an unknown user or a wrong password. */
  login(username: string, password: string): Login | undefined {
    if (!this.#isUser(username, password)) return undefined;
    const tokenTtl = this.#options?.tokenTtlSeconds ?? 18_000;
    const accessToken = randomBytes(24).toString('base64url');
    this.#tokens.set(accessToken, { username, expiresAt: Date.now() + tokenTtl * 1000 });
    return { accessToken, tokenTtl, globalAdmin: !this.#isReadOnly(username), username };
  }

  /** Why the request is refused, or undefined when it may pass: by token (header or parameter) first, then by user and password parameters. */
  refuse(access: Access, headers: IncomingHttpHeaders, parameters: RequestParameters): string | undefined {
    if (this.#options === undefined || access === 'open') return undefined;
    const token = readToken(headers, parameters);
    const user = token === undefined ? this.#userByPassword(parameters) : this.#userByToken(token);
    if ('refusal' in user) return user.refusal;
    return access === 'write' && this.#isReadOnly(user.name) ? 'authorization failed!' : undefined;
  }

  /** Every token issued so far is refused from now on. */
  expireTokens(): void {
    for (const token of this.#tokens.values()) token.expiresAt = 0;
  }

  #userByToken(value: string): { name: string } | { refusal: string } {
    const token = this.#tokens.get(value);
    if (token === undefined) return { refusal: 'token invalid!' };
    return token.expiresAt <= Date.now() ? { refusal: 'token expired!' } : { name: token.username };
  }

  #userByPassword(parameters: RequestParameters): { name: string } | { refusal: string } {
    const name = parameters.optional('username') ?? '';
    return this.#isUser(name, parameters.optional('password') ?? '') ? { name } : { refusal: UNKNOWN_USER };
  }

  #isUser(username: string, password: string): boolean {
    if (this.#options === undefined) return true;
    const { users } = this.#options;
    return Object.hasOwn(users, username) && users[username] === password;
  }

  #isReadOnly(username: string): boolean {
    return this.#options?.readOnly?.includes(username) ?? false;
  }
}

/** What a wrong password is answered with (nacos AbstractAuthenticationManager). */
export const loginRefusal = UNKNOWN_USER;

function readToken(headers: IncomingHttpHeaders, parameters: RequestParameters): string | undefined {
  const bearer = headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  const named = headers['accesstoken'];
  return bearer ?? (typeof named === 'string' ? named : undefined) ?? parameters.optional('accessToken');
}
