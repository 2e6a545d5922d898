import { describeNacos } from '../nacos-journeys.ts';
import { valuesOf } from '../part.ts';
import { part } from './part.ts';

describeNacos(() => valuesOf(part));
