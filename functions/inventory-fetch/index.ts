import { register } from '../runtime/register.ts';
import { task } from './task.ts';

export default register(task);
