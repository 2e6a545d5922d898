import { describeBackendJourneys } from '../backend-journeys.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';

describeBackendJourneys(() => valuesOf(part));
