import { describeConnections } from '../connection-journeys.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';

describeConnections(() => valuesOf(part));
