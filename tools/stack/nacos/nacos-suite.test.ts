import { describe } from 'vitest';
import { describeNacosSuite, type StartedNacos } from '../../../test/support/nacos-suite.ts';
import { startNacosServer } from './server.ts';

interface Target {
  readonly name: string;
  readonly isMissing: boolean;
  readonly start: () => Promise<StartedNacos>;
}

const { NACOS_TEST_ADDR: realAddr, NACOS_TEST_USERNAME, NACOS_TEST_PASSWORD } = process.env;

const targets: readonly Target[] = [
  {
    name: 'the embedded server',
    isMissing: false,
    start: async () => {
      const server = await startNacosServer();
      return { access: { serverAddr: server.address }, stop: () => server.close() };
    },
  },
  {
    name: 'the embedded server with auth on',
    isMissing: false,
    start: async () => {
      const server = await startNacosServer({ auth: { users: { nacos: 'secret' } } });
      const access = { serverAddr: server.address, username: 'nacos', password: 'secret' };
      return { access, stop: () => server.close() };
    },
  },
  {
    name: realAddr
      ? `the real server at ${realAddr}`
      : 'a real server: set NACOS_TEST_ADDR to run against a real server',
    isMissing: !realAddr,
    start: () => {
      const credentials = { username: NACOS_TEST_USERNAME ?? '', password: NACOS_TEST_PASSWORD ?? '' };
      return Promise.resolve({ access: { serverAddr: realAddr ?? '', ...credentials }, stop: () => Promise.resolve() });
    },
  },
];

for (const { name, isMissing, start } of targets) {
  describe.skipIf(isMissing)('Nacos as the npm SDK sees it', () => {
    describeNacosSuite(name, start);
  });
}
