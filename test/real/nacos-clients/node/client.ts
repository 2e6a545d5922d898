import { createInterface } from 'node:readline';
import { createConfigClient, createNamingClient, type NamingClient } from '../../../../tools/stack/nacos/sdk.ts';

/*
 * It stands for a backend on Node that uses Nacos by the npm SDK: does what the lines on standard input say, one JSON
 * object each, and answers and tells on standard output likewise.
 *
 * usage: client.ts <host> <port> <namespace> <folder> [<user> <password>]
 */

interface Command {
  readonly do: string;
  readonly dataId: string;
  readonly group: string;
  readonly content: string;
  readonly service: string;
  readonly ip: string;
  readonly port: number;
  readonly weight: number;
}

const say = (message: object): void => console.log(JSON.stringify(message));
const [host, port, namespace = '', , username, password] = process.argv.slice(2);
const access = {
  serverAddr: `${host}:${port}`,
  ...(namespace !== '' && { namespace }),
  ...(username !== undefined && password !== undefined && { username, password }),
  onError: (error: Error) => console.error(`ERROR ${error.message}`),
};
const configs = createConfigClient(access);
const naming = await createNamingClient(access);
say({ event: 'ready' });
for await (const line of createInterface(process.stdin)) {
  const asked = JSON.parse(line) as Command; // the journeys write them
  try {
    say({ done: asked.do, value: await perform(asked) });
  } catch (error) {
    say({ done: asked.do, error: String(error) });
  }
}

async function perform(asked: Command): Promise<unknown> {
  const { dataId, group, content, service, ...instance } = asked;
  switch (asked.do) {
    case 'publish':
      await configs.publish(dataId, content, { group });
      return true;
    case 'get':
      return configs.read(dataId, group);
    case 'listen':
      configs.subscribe(dataId, group, (value) => say({ event: 'config', value }));
      return true;
    case 'register':
      await naming.register(service, { ...pick(instance), metadata: { lang: 'node' } }, group);
      return true;
    case 'deregister':
      await naming.deregister(service, pick(instance), group);
      return true;
    case 'list':
      return describe(await naming.list(service, group));
    case 'subscribe':
      naming.subscribe(service, (found) => say({ event: 'instances', value: describe(found) }), group);
      return true;
    default:
      throw new Error(`${asked.do}: expected a known command`);
  }
}

function pick({ ip, port, weight }: Pick<Command, 'ip' | 'port' | 'weight'>): Pick<Command, 'ip' | 'port' | 'weight'> {
  return { ip, port, weight };
}

function describe(found: Awaited<ReturnType<NamingClient['list']>>): object[] {
  return found.map(({ ip, port, weight, healthy }) => ({ ip, port, weight, healthy }));
}
