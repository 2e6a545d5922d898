import { describeCallers } from '../caller-journeys.ts';
import { makeSigningKey, openOidcIssuer } from './provider.ts';

describeCallers(() => openOidcIssuer(makeSigningKey('first')));
