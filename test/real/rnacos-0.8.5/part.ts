import { rnacosPart } from '../rnacos/part.ts';

/** The last version that takes the whole Authorization header for the token. */
export const part = rnacosPart('rnacos-0.8.5', '0.8.5');
