import { errors, jwtVerify, type JWTPayload } from 'jose';
import { unauthenticated } from './bearer.ts';
import type { TokenSettings } from './caller-settings.ts';
import { createKeys } from './keys.ts';
import { RunError, quoteValue, Description } from '../run-error.ts';

/** The subject of a token that is genuine and whose bearer may call. */
export type Verify = (token: string) => Promise<string>;

/** Asymmetric only: with HS256 the public key itself could sign, and `none` is no signature at all. */
const ALGORITHMS = ['RS256', 'ES256'];
const CLOCK_TOLERANCE_S = 30;

/** Verifies tokens by the issuer's keys, which it begins to fetch at once. */
export function createVerify(settings: TokenSettings): Verify {
  const { issuer, audience, subjects } = settings;
  const findKey = createKeys(settings);
  const options = {
    issuer,
    audience,
    algorithms: ALGORITHMS,
    clockTolerance: CLOCK_TOLERANCE_S,
    requiredClaims: ['exp', 'sub'], // jose takes a token without `exp` for one that never expires
  };
  return async (token) => {
    const { sub } = await verifyToken();
    if (typeof sub !== 'string') throw refused(new Description('one whose sub is not as expected'));
    if (!subjects.some((allowed) => matches(allowed, sub))) throw forbidden(sub);
    return sub;

    async function verifyToken(): Promise<JWTPayload> {
      try {
        return (await jwtVerify(token, findKey, options)).payload;
      } catch (error) {
        throw error instanceof RunError ? error : refused(describe(error), error);
      }
    }
  };
}

function matches(allowed: string, subject: string): boolean {
  return allowed.endsWith('*') ? subject.startsWith(allowed.slice(0, -1)) : subject === allowed;
}

const refused = (got: Description, cause?: unknown): RunError =>
  unauthenticated('a token of CALLER_ISSUER for CALLER_AUDIENCE', got, cause);

function forbidden(subject: string): RunError {
  const message = `authorization: expected a subject of CALLER_SUBJECTS, got ${quoteValue(subject)}`;
  return new RunError({ outcome: 'rejected', reason: 'forbidden' }, message, { field: 'authorization' });
}

const WORDS: Record<string, string> = {
  ERR_JWT_EXPIRED: 'an expired one',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'one with a wrong signature',
  ERR_JOSE_ALG_NOT_ALLOWED: `one not signed by ${ALGORITHMS.join(' or ')}`,
  ERR_JWKS_NO_MATCHING_KEY: 'one signed by an unknown key',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'one that does not name its key',
};

/** The only place where jose's errors are read. Whatever it throws, the caller is refused. */
function describe(error: unknown): Description {
  if (error instanceof errors.JWTClaimValidationFailed)
    return new Description(`one whose ${error.claim} is not as expected`);
  const code = error instanceof errors.JOSEError ? error.code : '';
  return new Description(WORDS[code] ?? 'no token that can be read');
}
