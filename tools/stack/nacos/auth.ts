import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Access, RequestParameters } from './http.ts';

export type Action = 'r' | 'w' | 'rw';

export interface AuthOptions {
  /** Password by user name. */
  readonly users: Readonly<Record<string, string>>;
  /**
   * What a user may do, by resource: `<namespace ID>:<group>:config/<dataId>` or `…:naming/<service>`, `*` for any
   * text. A user who is not named here is an administrator.
   */
  readonly permissions?: Readonly<Record<string, Readonly<Record<string, Action>>>>;
  /** Names of users that may read everything and write nothing. */
  readonly readOnly?: readonly string[];
  /** 18000, as in nacos, when missing. */
  readonly tokenTtlSeconds?: number;
  /** `nacos.core.auth.enabled`, on when missing. Off: the APIs of clients ask for no token, yet logins are judged. */
  readonly client?: boolean;
  /** `nacos.core.auth.admin.enabled` of 3.x, on when missing. */
  readonly admin?: boolean;
}

/** Why a request is refused. */
export type AuthRefusal = 'unknownUser' | 'invalidToken' | 'expiredToken' | 'forbidden';

export type LoginRefusal = 'unknownUser' | 'wrongPassword';

/** The body of a login's answer. */
export interface Login {
  readonly accessToken: string;
  readonly tokenTtl: number;
  readonly globalAdmin: boolean;
  readonly username: string;
}

/** The credentials of a request. */
export interface Credentials {
  readonly token: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

interface Token {
  readonly username: string;
  expiresAt: number;
}

/** Users, permissions and tokens of one server. Without options there are no users, and nothing is refused but logins. */
export class Auth {
  readonly #options: AuthOptions;
  readonly #isOn: { readonly client: boolean; readonly admin: boolean };
  readonly #tokens = new Map<string, Token>();

  constructor(options: AuthOptions | undefined) {
    this.#options = options ?? { users: {} };
    this.#isOn = { client: options?.client ?? options !== undefined, admin: options?.admin ?? options !== undefined };
  }

  /** `auth_enabled` in the server's state: whether any of its APIs asks for a token. */
  isEnabled(version: string): boolean {
    return this.#isOn.client || (this.#isOn.admin && version !== '2.5.1');
  }

  /** A token, or why there is none. With a valid token the password is not checked. */
  login(username: string, password: string | undefined, token: string | undefined): Login | LoginRefusal {
    const held = token === undefined ? undefined : this.#tokens.get(token);
    if (token !== undefined && held !== undefined && held.expiresAt > Date.now()) {
      return this.#describe(token, held.username, Math.floor((held.expiresAt - Date.now()) / 1000));
    }
    if (!Object.hasOwn(this.#options.users, username)) return 'unknownUser';
    if (!this.#isUser(username, password)) return 'wrongPassword';
    const tokenTtl = this.#options.tokenTtlSeconds ?? 18_000;
    const accessToken = randomBytes(24).toString('base64url');
    this.#tokens.set(accessToken, { username, expiresAt: Date.now() + tokenTtl * 1000 });
    return this.#describe(accessToken, username, tokenTtl);
  }

  /** Why a request is refused, or undefined when it may pass: by token first, then by user and password. */
  refuse(access: Access, api: 'client' | 'admin', resource: string, credentials: Credentials): AuthRefusal | undefined {
    if (access === 'open' || !this.#isOn[api]) return undefined;
    const user = this.#identify(credentials);
    if ('refusal' in user) return user.refusal;
    return this.#mayDo(user.name, access === 'read' ? 'r' : 'w', resource) ? undefined : 'forbidden';
  }

  /** Every token issued so far is refused from now on. */
  expireTokens(): void {
    for (const token of this.#tokens.values()) token.expiresAt = 0;
  }

  #identify({ token, username, password }: Credentials): { name: string } | { refusal: AuthRefusal } {
    if (token === undefined) {
      return username !== undefined && this.#isUser(username, password)
        ? { name: username }
        : { refusal: 'unknownUser' };
    }
    const found = this.#tokens.get(token);
    if (found === undefined) return { refusal: 'invalidToken' };
    return found.expiresAt <= Date.now() ? { refusal: 'expiredToken' } : { name: found.username };
  }

  #isUser(username: string, password: string | undefined): boolean {
    const { users } = this.#options;
    return password !== undefined && Object.hasOwn(users, username) && users[username] === password;
  }

  #permissionsOf(username: string): Readonly<Record<string, Action>> | 'all' {
    const { permissions, readOnly } = this.#options;
    return permissions?.[username] ?? (readOnly?.includes(username) ? { '*': 'r' } : 'all');
  }

  #mayDo(username: string, action: Action, resource: string): boolean {
    const permissions = this.#permissionsOf(username);
    if (permissions === 'all') return true;
    return Object.entries(permissions).some(
      ([pattern, allowed]) => allowed.includes(action) && toRegExp(pattern).test(resource),
    );
  }

  #describe(accessToken: string, username: string, tokenTtl: number): Login {
    return { accessToken, tokenTtl, globalAdmin: this.#permissionsOf(username) === 'all', username };
  }
}

function toRegExp(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`).replaceAll('*', '.*')}$`);
}

/** A token as real servers take it: as Bearer, as a header or parameter `accessToken`; else user and password as parameters. */
export function readCredentials(headers: IncomingHttpHeaders, parameters: RequestParameters): Credentials {
  const bearer = headers.authorization?.match(/^Bearer (.+)$/)?.[1];
  const named = headers['accesstoken'];
  return {
    token: bearer ?? (typeof named === 'string' ? named : undefined) ?? parameters.optional('accessToken'),
    username: parameters.optional('username'),
    password: parameters.optional('password'),
  };
}
