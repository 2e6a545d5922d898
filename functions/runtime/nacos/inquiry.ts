/** How a request carries its token; each form counts by itself. `bare`: the token alone in the Authorization header. */
export type CredentialForm = 'none' | 'bearer' | 'bare' | 'parameter';

/** In the order in which they are tried: r-nacos to 0.8.5 knows the last two only. */
export const CREDENTIAL_FORMS = ['bearer', 'bare', 'parameter'] as const satisfies readonly CredentialForm[];

const MOST = 2;

interface Counts {
  readonly requests: Map<string, number>;
  readonly logins: Map<string, number>;
}

/**
 * All that one run asks of Nacos: until when, and what went out already. Each question goes to a server at most twice in
 * one form of credential, and a server judges at most two logins. What was asked early, before the run was there, counts
 * as the first run's.
 */
export class Inquiry {
  readonly signal: AbortSignal;
  /** Asked before a run needs it: each question goes out once, without hedge or repeat. */
  readonly isEarly: boolean;
  #open = 0;
  #counts: Counts = { requests: new Map(), logins: new Map() };

  constructor(signal: AbortSignal, { isEarly = false } = {}) {
    this.signal = signal;
    this.isEarly = isEarly;
  }

  /** The same inquiry, ended by this signal in place of its own. */
  until(signal: AbortSignal): Inquiry {
    const inquiry = new Inquiry(signal, this);
    inquiry.#counts = this.#counts;
    return inquiry;
  }

  /** Goes on where an early one began: its requests count as this one's, those that are still to come, too. */
  continue(early: Inquiry): void {
    this.#counts = early.#counts;
  }

  /** Is a question of it without its answer? */
  get isAsking(): boolean {
    return this.#open > 0;
  }

  /** Holds `isAsking` until the question is answered, or fails. */
  async ask<Value>(question: Promise<Value>): Promise<Value> {
    this.#open += 1;
    try {
      return await question;
    } finally {
      this.#open -= 1;
    }
  }

  /** May it go out once more? */
  requestsLeft(server: URL, form: CredentialForm, path: string): number {
    const most = this.isEarly ? 1 : MOST;
    return most - (this.#counts.requests.get(keyOf(server, form, path)) ?? 0);
  }

  countRequest(server: URL, form: CredentialForm, path: string): void {
    increment(this.#counts.requests, keyOf(server, form, path));
  }

  /** How many logins the server may still judge. */
  loginsLeft(server: URL): number {
    const most = this.isEarly ? 1 : MOST;
    return most - (this.#counts.logins.get(server.href) ?? 0);
  }

  countLogin(server: URL): void {
    increment(this.#counts.logins, server.href);
  }

  /** Is it the same run's? An early one is the first run's. */
  isSameRun(other: Inquiry): boolean {
    return this.#counts === other.#counts;
  }
}

const keyOf = ({ href }: URL, form: CredentialForm, path: string): string => `${href} ${form} ${path}`;

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
