import path from 'node:path';
import { buildApp } from './build.ts';

const root = path.resolve(import.meta.dirname, '../..');
const outDir = path.join(root, 'dist/app');
const { outputs } = await buildApp({ root, outDir });
for (const [file, { bytes }] of Object.entries(outputs)) console.log(`${file}  ${Math.round(bytes / 1024)} kB`);
