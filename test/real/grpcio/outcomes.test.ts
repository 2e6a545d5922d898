import { describeOutcomes } from '../outcome-journeys.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';

describeOutcomes(() => valuesOf(part));
