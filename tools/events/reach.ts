import { readDuration } from '../cli/event/read-options.ts';
import { openHttp } from './http-sender.ts';
import { forwardTo } from './kubectl.ts';
import type { ReachOptions } from '../cli/reach-options.ts';
import type { Sender } from './sender.ts';

/** Opens the way to a function: by URL, else through kubectl. */
export async function reach(task: string, options: ReachOptions): Promise<Sender> {
  const timeoutMs = readDuration('--timeout', options.timeout);
  const { url, token, namespace, context, serviceAccount } = options;
  if (url !== undefined) return openHttp({ url, token, timeoutMs });
  const forward = await forwardTo(task, { namespace, context, serviceAccount });
  const sender = openHttp({ url: forward.url, host: forward.host, token: token ?? forward.token, timeoutMs });
  return {
    ...sender,
    close: () => {
      forward.close();
      return sender.close();
    },
  };
}
